"""How far streams from other parts have been read."""

from __future__ import annotations

from sqlmodel import Field, SQLModel


class Cursor(SQLModel, table=True):
    """The last position that was taken in from a source."""

    __tablename__ = "stream_cursor"

    source: str = Field(primary_key=True, max_length=64)
    position: int = 0
