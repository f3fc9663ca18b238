"""Passwords of users, as argon2 hashes, apart from the users so that no answer can carry one by mistake."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class Password(SQLModel, table=True):
    """A user's password. Who has no row signs in by links only."""

    user: str = Field(primary_key=True, foreign_key="user_account.name", max_length=32)
    hash: str = Field(max_length=200)
    changed_at: datetime = Field(default_factory=now, sa_type=Moment)
