"""The audit log: who did what, when, to which bot, and how it went. It never holds a secret."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from control_api.models.base import LONGEST_ACTOR, Moment, now


class AuditEntry(SQLModel, table=True):
    """One write or push."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_owner_id", "owner", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=Moment)
    actor: str = Field(max_length=LONGEST_ACTOR)
    via: str = Field(max_length=16)
    action: str = Field(max_length=64)
    owner: str | None = Field(default=None, max_length=32)
    bot: str | None = Field(default=None, max_length=65)
    operation: str | None = Field(default=None, max_length=40, index=True)
    outcome: str = Field(max_length=32)
    detail: str | None = None
