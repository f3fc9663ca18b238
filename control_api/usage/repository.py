"""Rows of usage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import UsageEntry


async def entries(
    session: AsyncSession,
    *,
    owners: frozenset[str] | None,
    bot: str | None,
    since: date,
    until: date,
) -> Sequence[UsageEntry]:
    """Entries from the beginning of one day to the end of another (UTC)."""
    query = select(UsageEntry).where(
        UsageEntry.at >= datetime.combine(since, time(), UTC),
        UsageEntry.at < datetime.combine(until, time(), UTC) + timedelta(days=1),
    )
    if owners is not None:
        query = query.where(col(UsageEntry.owner).in_(owners))
    if bot is not None:
        query = query.where(UsageEntry.bot == bot)
    return (await session.exec(query)).all()
