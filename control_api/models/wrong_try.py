"""Counts of wrong tokens and codes, kept in the database so that a restart forgets none."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment


class WrongTry(SQLModel, table=True):
    """How many wrong tries came from one source since a time."""

    __tablename__ = "wrong_try"

    source: str = Field(primary_key=True, max_length=100)
    count: int = 0
    since: datetime = Field(sa_type=Moment)
