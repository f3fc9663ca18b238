"""Owners: users and teams share one namespace of names."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class Owner(SQLModel, table=True):
    """A name that may own bots; `kind` is `user` or `team`."""

    name: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=8)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
