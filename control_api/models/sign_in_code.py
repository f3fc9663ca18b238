"""Single-use codes of sign-in links, stored as digests."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class SignInCode(SQLModel, table=True):
    """A code that signs one user in, once, for ten minutes."""

    __tablename__ = "sign_in_code"

    digest: str = Field(primary_key=True, max_length=64)
    user: str = Field(foreign_key="user_account.name", max_length=32)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
