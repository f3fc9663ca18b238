"""Server-sent events of stored rows: the newest state first, then each change, resumed by id."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from control_api.kit.problems import BadRequestError


def _last_event_id(
    last_event_id: Annotated[
        str | None,
        Header(max_length=100, description="The id of the last event seen; the stream goes on after it."),
    ] = None,
) -> str | None:
    return last_event_id or None


def as_number(last_event_id: str | None) -> int | None:
    """The id as a number, where ids are numbers."""
    if last_event_id is None:
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
        raise BadRequestError("Last-Event-ID is not an id that a stream gave; leave it out to start anew.")
    return int(last_event_id)


LastEventId = Annotated[str | None, Depends(_last_event_id)]
