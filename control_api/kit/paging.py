"""Lists: `limit` and `cursor` in, `{items, next_cursor}` out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from control_api.kit.problems import FieldProblem, InvalidError

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(default=None, description="Pass it as `cursor` for the next page.")


@dataclass(frozen=True)
class Paging:
    """The page that a caller asks for. `after` is what the cursor of the page before says."""

    limit: int
    after: str | None

    def number(self) -> int | None:
        """The cursor as a number, for lists in the order of a numbered column."""
        if self.after is None:
            return None
        if not self.after.isascii() or not self.after.isdigit() or len(self.after) > 18:
            raise _unknown_cursor()
        return int(self.after)

    def page(self, rows: Sequence[Row], key: Callable[[Row], object]) -> tuple[Sequence[Row], str | None]:
        """The rows of this page and the next cursor, from rows fetched with `limit + 1`."""
        if len(rows) <= self.limit:
            return rows, None
        kept = rows[: self.limit]
        return kept, encode(str(key(kept[-1])))


def encode(position: str) -> str:
    """A position as an opaque cursor."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    """The position in a cursor that we gave out."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise _unknown_cursor() from None


def _unknown_cursor() -> InvalidError:
    detail = "is not a cursor that an answer gave; leave it out to start at the beginning"
    return InvalidError(f"cursor {detail}", errors=[FieldProblem(pointer="query:cursor", detail=detail)])


def _paging(
    limit: Annotated[int, Query(ge=1, le=200, description="How many items at most.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=300, description="`next_cursor` of the page before.")
    ] = None,
) -> Paging:
    return Paging(limit, decode(cursor) if cursor else None)


PagingQuery = Annotated[Paging, Depends(_paging)]
