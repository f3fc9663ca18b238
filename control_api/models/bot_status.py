"""What the engine last said of a bot; it outlives restarts and is corrected by the engine's next word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class BotStatus(SQLModel, table=True):
    """The running side of a bot. No foreign key to `bot`: a rebuild may take its rows away for a moment."""

    __tablename__ = "bot_status"

    bot: str = Field(primary_key=True, max_length=65)
    phase: str = Field(default="pending", max_length=16)
    reason: str | None = None
    next_step: str | None = None
    revision: str | None = Field(default=None, max_length=64)
    proven: bool = False
    channels: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    operation: str | None = Field(default=None, max_length=40)
    worker: str = Field(default="none", max_length=16)
    # At which step the last operation failed and why, until one succeeds or the engine reports it healed.
    failed_step: str | None = Field(default=None, max_length=16)
    failure: str | None = None
    remedy: str | None = None
    # The last turn, and how many there were on each of the last days (ISO date, UTC).
    active_at: datetime | None = Field(default=None, sa_type=Moment)
    turns: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    updated_at: datetime = Field(default_factory=now, sa_type=Moment)
