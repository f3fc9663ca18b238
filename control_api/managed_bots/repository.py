"""Rows of bots that people make in Telegram."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import ManagedBot, now


async def by_digest(session: AsyncSession, digest: str) -> ManagedBot | None:
    """The row of a link's code."""
    return (await session.exec(select(ManagedBot).where(ManagedBot.digest == digest))).first()


async def by_telegram_bot(session: AsyncSession, bot: int) -> ManagedBot | None:
    """The row that a bot of Telegram was made for."""
    return (await session.exec(select(ManagedBot).where(ManagedBot.telegram_bot == bot))).first()


async def opened_by(session: AsyncSession, person: int) -> ManagedBot | None:
    """The row whose button somebody has before them: that of the link that they opened last."""
    query = select(ManagedBot).where(ManagedBot.telegram_user == person, ManagedBot.state == "opened")
    query = query.where(col(ManagedBot.expires_at) > now()).order_by(col(ManagedBot.opened_at).desc())
    return (await session.exec(query.limit(1))).first()


async def deploying(session: AsyncSession) -> Sequence[ManagedBot]:
    """Rows whose operation was begun and whose person waits for its end."""
    return (await session.exec(select(ManagedBot).where(ManagedBot.state == "deploying"))).all()


async def listed(
    session: AsyncSession, *, owners: frozenset[str] | None, before: str | None, limit: int
) -> Sequence[ManagedBot]:
    """Rows that a caller may see, by descending id; `owners` None means all."""
    query = select(ManagedBot).order_by(col(ManagedBot.id).desc()).limit(limit)
    if owners is not None:
        query = query.where(col(ManagedBot.owner).in_(owners))
    if before is not None:
        query = query.where(col(ManagedBot.id) < before)
    return (await session.exec(query)).all()
