"""Up to which commit of `main` the table `bot` has come."""

from __future__ import annotations

from typing import ClassVar

from sqlmodel import Field, SQLModel


class IndexTip(SQLModel, table=True):
    """One row. It goes with the projection: if it is missing, the whole is walked anew."""

    __tablename__ = "index_tip"

    ONLY: ClassVar[int] = 1

    id: int = Field(default=1, primary_key=True)
    commit: str = Field(max_length=64)
