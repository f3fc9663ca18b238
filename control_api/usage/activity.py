"""How much each bot was talked to on its last days, counted as turns are reported: lists need no sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import BotStatus, now

DAYS = 14


async def count(session: AsyncSession, bot: str, at: datetime) -> None:
    """Counts a turn that ended at this time. A bot that is gone meanwhile is left alone."""
    row = await session.get(BotStatus, bot)
    if row is None:
        return
    kept, day = {each.isoformat() for each in _last_days()}, at.date().isoformat()
    turns = {each: number for each, number in row.turns.items() if each in kept}
    if day in kept:
        turns[day] = turns.get(day, 0) + 1
    row.turns, row.active_at = turns, max(at, row.active_at or at)
    session.add(row)


def days(turns: Mapping[str, int]) -> list[int]:
    """The turns of each of the last days, today last."""
    return [turns.get(day.isoformat(), 0) for day in _last_days()]


def _last_days() -> list[date]:
    today = now().date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
