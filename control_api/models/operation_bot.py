"""The bots of bulk operations, and what became of each."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class OperationBot(SQLModel, table=True):
    """One bot of a bulk operation. `overtaken` says that a newer operation of the bot has taken over."""

    __tablename__ = "operation_bot"
    __table_args__ = (Index("ix_operation_bot_bot", "bot"),)

    operation: str = Field(primary_key=True, foreign_key="operation.id", max_length=40)
    bot: str = Field(primary_key=True, max_length=65)
    kind: str = Field(max_length=16)
    branch: str | None = Field(default=None, max_length=100)
    deploy_commit: str | None = Field(default=None, max_length=64)
    version: str | None = Field(default=None, max_length=64)
    revision: str | None = Field(default=None, max_length=64)
    overtaken: bool = False
