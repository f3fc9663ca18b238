"""What turns used, one row a report; the report's id makes sure that each counts once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment


class UsageEntry(SQLModel, table=True):
    """One turn's tokens and cost, as the runtime reported them."""

    __tablename__ = "usage_entry"
    __table_args__ = (Index("ix_usage_entry_bot_at", "bot", "at"),)

    report: str = Field(primary_key=True, max_length=100)
    bot: str = Field(max_length=65)
    owner: str = Field(max_length=32, index=True)
    at: datetime = Field(sa_type=Moment)
    model: str = Field(default="", max_length=200)
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
