"""Operations: requested changes with their intents, from request to proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from control_api.models.base import LONGEST_ACTOR, Moment, now


class Operation(SQLModel, table=True):
    """One change of one bot. `number` orders them; secrets in `intent` are sealed before they come here."""

    __table_args__ = (
        Index("ix_operation_state_number", "state", "number"),
        Index("ix_operation_settled_number", "settled", "number"),
        Index("ix_operation_bot_number", "bot", "number"),
        Index("ix_operation_owner_number", "owner", "number"),
    )

    number: int | None = Field(default=None, primary_key=True)
    id: str = Field(max_length=40, unique=True)
    kind: str = Field(max_length=16)
    bot: str = Field(max_length=65)
    owner: str = Field(max_length=32)
    actor: str = Field(max_length=LONGEST_ACTOR)
    source: str = Field(default="api", max_length=8)
    state: str = Field(default="pending", max_length=16)
    # Whether the committer is done with it, one way or the other. The intent goes away then.
    settled: bool = False
    intent: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    prepared: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    commit: str | None = Field(default=None, max_length=64)
    deploy_commit: str | None = Field(default=None, max_length=64)
    branch: str | None = Field(default=None, max_length=100)
    version: str | None = Field(default=None, max_length=64)
    revision: str | None = Field(default=None, max_length=64)
    error: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
