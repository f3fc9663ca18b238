"""Who leads: one row, taken over by counting its epoch up."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment


class Lease(SQLModel, table=True):
    """The lease of the one that commits. `holder` is empty once it was given back.

    `beat` counts as long as the holder lives; `fleet` is where the holder keeps the fleet repository.
    """

    ONLY: ClassVar[int] = 1

    id: int = Field(default=1, primary_key=True)
    holder: str = Field(max_length=64)
    fleet: str = Field(max_length=1024)
    epoch: int = 0
    beat: int = 0
    beaten_at: datetime = Field(sa_type=Moment)  # by the database's clock, for people alone
