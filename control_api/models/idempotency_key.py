"""Answers of writes that came with an `Idempotency-Key`, honoured for 24 hours."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class IdempotencyKey(SQLModel, table=True):
    """The first request with a key: what it asked, as a keyed digest, and which operation it made."""

    __tablename__ = "idempotency_key"

    user: str = Field(primary_key=True, max_length=32)
    key: str = Field(primary_key=True, max_length=255)
    request: str = Field(max_length=64)
    operation: str = Field(max_length=40)
    created_at: datetime = Field(default_factory=now, sa_type=Moment, index=True)
