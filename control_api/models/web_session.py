"""Sign-ins of the page, stored as digests of their cookies."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class WebSession(SQLModel, table=True):
    """A signed-in browser."""

    __tablename__ = "web_session"

    digest: str = Field(primary_key=True, max_length=64)
    user: str = Field(foreign_key="user_account.name", max_length=32, index=True)
    csrf: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)

    @property
    def is_valid(self) -> bool:
        return self.expires_at > now()
