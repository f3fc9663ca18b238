"""Conversations of a bot."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from control_api.kit.paging import Page


class Conversation(BaseModel):
    """One conversation in a list."""

    id: str
    channel: str
    turns: int = 0
    last_at: datetime | None = None


class Conversations(Page[Conversation]):
    """A page of conversations."""


class ConversationMessage(BaseModel):
    """One message."""

    role: str
    text: str
    at: datetime | None = None


class ConversationText(BaseModel):
    """One conversation, whole."""

    id: str
    messages: list[ConversationMessage] = Field(default_factory=list)
