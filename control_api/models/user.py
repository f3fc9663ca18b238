"""People who may sign in."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class User(SQLModel, table=True):
    """A person. An operator may do everything."""

    __tablename__ = "user_account"  # `user` is a reserved word in Postgres

    name: str = Field(primary_key=True, foreign_key="owner.name", max_length=32)
    operator: bool = False
    email: str = Field(default="", max_length=254)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
