"""The headers of writes: `If-Match`, `Idempotency-Key`, `Prefer: wait=N`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header

from control_api.kit.problems import BadRequestError, StaleError

LONGEST_WAIT = 120
_TAGS = re.compile(r'\s*(W/)?"([\x21\x23-\x7e]*)"\s*(?:,|$)')
_WAIT = re.compile(r"\s*wait\s*=\s*\"?(\d{1,6})\"?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class WriteHeaders:
    """How a write is asked for. `versions` is None without `If-Match`; `any_version` stands for `*`."""

    versions: frozenset[str] | None = None
    any_version: bool = False
    idempotency_key: str | None = None
    wait: int = 0

    def base(self, version: str | None) -> str | None:
        """The version that the change must be made on, None for whichever is there; 412 if it is gone."""
        if self.versions is None and not self.any_version:
            return None
        if version is None or (not self.any_version and version not in (self.versions or ())):
            raise StaleError(
                "Read the bot again, make the change on what is there now, and send its new ETag."
            )
        return version


def _write_headers(
    if_match: Annotated[
        str | None, Header(max_length=1000, description="The `ETag` of a read, quoted.")
    ] = None,
    idempotency_key: Annotated[
        str | None, Header(min_length=1, max_length=255, description="Makes repeats safe for 24 hours.")
    ] = None,
    prefer: Annotated[
        str | None, Header(max_length=200, description="`wait=N`: answer when it is done, up to 120 s.")
    ] = None,
) -> WriteHeaders:
    return WriteHeaders(
        versions=_versions(if_match),
        any_version=if_match is not None and if_match.strip() == "*",
        idempotency_key=idempotency_key,
        wait=_wait(prefer),
    )


def _versions(if_match: str | None) -> frozenset[str] | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found, position = set(), 0
    while position < len(if_match):
        tag = _TAGS.match(if_match, position)
        if tag is None:
            raise BadRequestError(
                'If-Match takes the ETag of a read in its quotes, such as If-Match: "3f2a…".'
            )
        # A weak tag never matches where bytes must be the same (RFC 9110, 13.1.1).
        found.update([] if tag[1] else [tag[2]])
        position = tag.end()
    return frozenset(found)


def _wait(prefer: str | None) -> int:
    for preference in (prefer or "").split(","):
        if found := _WAIT.match(preference):
            return min(int(found[1]), LONGEST_WAIT)
    return 0


WriteHeadersDep = Annotated[WriteHeaders, Depends(_write_headers)]
