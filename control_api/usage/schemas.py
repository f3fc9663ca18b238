"""What the calls on usage answer."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from control_api.kit.paging import Page


class UsageDay(BaseModel):
    """What one bot used on one day (UTC)."""

    bot: str
    day: date
    turns: int
    tokens_in: int
    tokens_out: int
    usd: float


class Usage(Page[UsageDay]):
    """A page of usage, newest day first."""
