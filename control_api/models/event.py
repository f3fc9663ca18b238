"""Events that streams deliver; their ids let a client resume."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class Event(SQLModel, table=True):
    """One thing that happened to a bot or an operation."""

    __table_args__ = (
        Index("ix_event_bot_id", "bot", "id"),
        Index("ix_event_operation_id", "operation", "id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
    bot: str = Field(max_length=65)
    operation: str | None = Field(default=None, max_length=40)
    event: str = Field(max_length=32)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
