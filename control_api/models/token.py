"""API tokens, stored as digests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class Token(SQLModel, table=True):
    """A token of a user. The token itself is shown once and never stored."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True, max_length=40)
    user: str = Field(foreign_key="user_account.name", max_length=32, index=True)
    name: str = Field(max_length=100)
    digest: str = Field(max_length=64, unique=True)
    scopes: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    last_used_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())
