"""Rows of bots that people make in Telegram."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import col, delete, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Bot, ManagedBot, now
from control_api.models.managed_bot import UNDER_WAY, UNUSED

# How long a link is shown after it could be used.
_SHOWN = timedelta(days=1)


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


async def open_links(session: AsyncSession, owner: str) -> int:
    """How many of an owner's links can still be used."""
    query = select(func.count()).select_from(ManagedBot).where(ManagedBot.owner == owner)
    usable = col(ManagedBot.state).in_(UNUSED) & (col(ManagedBot.expires_at) > now())
    return (await session.exec(query.where(usable))).one()


async def listed(
    session: AsyncSession, *, owners: frozenset[str] | None, start: int, limit: int
) -> Sequence[ManagedBot]:
    """Rows that a caller may see, the newest first; `owners` None means all."""
    query = select(ManagedBot).order_by(col(ManagedBot.created_at).desc(), col(ManagedBot.id))
    if owners is not None:
        query = query.where(col(ManagedBot.owner).in_(owners))
    return (await session.exec(query.offset(start).limit(limit))).all()


async def forget(session: AsyncSession, moment: datetime) -> None:
    """Drops old links by which nothing was made that still is; of a bot that lives the token is followed."""
    bots = select(Bot.id).where(~col(Bot.gone))
    over = col(ManagedBot.state).not_in(UNDER_WAY)
    nothing = or_(col(ManagedBot.token_mark).is_(None), col(ManagedBot.bot).not_in(bots))
    old = col(ManagedBot.expires_at) < moment - _SHOWN
    await session.exec(delete(ManagedBot).where(old, over, nothing))
