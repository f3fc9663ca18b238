"""Bots that people make in Telegram by a tap on a link: who asked, who tapped, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now

# States of a link that may still be used, and of one by which a bot is being made.
UNUSED = frozenset({"waiting", "opened"})
UNDER_WAY = frozenset({"created", "deploying"})


def bell(managed_id: str) -> str:
    """The topic that is rung after each change of a link."""
    return f"link:{managed_id}"


class ManagedBot(SQLModel, table=True):
    """One link. `intent` is the deploy that lacks its token, its other secrets sealed, until it is made.

    States: `waiting` for a tap, `opened` by `telegram_user`, `created` in Telegram as `telegram_bot`,
    `deploying` by `operation`, then `live` or `failed`.
    """

    __tablename__ = "managed_bot"

    id: str = Field(primary_key=True, max_length=40)
    # Of the code in the link.
    digest: str = Field(max_length=64, unique=True)
    user: str = Field(foreign_key="user_account.name", max_length=32)
    owner: str = Field(max_length=32, index=True)
    bot: str = Field(max_length=65)
    # The name of the secret that the token becomes.
    secret: str = Field(max_length=64)
    state: str = Field(default="waiting", max_length=16, index=True)
    intent: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    operation: str = Field(max_length=40)
    telegram_user: int | None = Field(default=None, sa_type=BigInteger, index=True)
    telegram_name: str | None = Field(default=None, max_length=200)
    telegram_bot: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    telegram_username: str | None = Field(default=None, max_length=64)
    # A keyed fingerprint of the token that was set last, to tell a new one.
    token_mark: str | None = Field(default=None, max_length=64)
    # The digest of the sealed file that it became, to tell a secret that somebody has set since.
    sealed: str | None = Field(default=None, max_length=80)
    reason: str | None = None
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    opened_at: datetime | None = Field(default=None, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)

    @property
    def has_expired(self) -> bool:
        """Whether nobody has used it in time."""
        return self.state in UNUSED and self.expires_at <= now()
