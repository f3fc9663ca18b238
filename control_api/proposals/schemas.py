"""What the calls on proposals answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from control_api.kit.paging import Page


class Proposal(BaseModel):
    """A change that waits for review."""

    id: str
    bot: str
    title: str
    author: str
    state: str
    created_at: datetime


class Proposals(Page[Proposal]):
    """A page of proposals."""
