"""Rows of bots. Every list starts from the one statement that is scoped to what the caller may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Bot, BotStatus, Owner


async def bot(session: AsyncSession, bot_id: str) -> Bot | None:
    """The bot of this id."""
    return await session.get(Bot, bot_id)


async def bots(
    session: AsyncSession,
    *,
    owners: frozenset[str] | None,
    owner: str | None,
    after: str | None,
    limit: int,
) -> Sequence[Bot]:
    """Bots by id that a caller may see; `owners` None means all."""
    query = select(Bot).order_by(Bot.id).limit(limit)
    if owners is not None:
        query = query.where(col(Bot.owner).in_(owners))
    if owner is not None:
        query = query.where(Bot.owner == owner)
    if after is not None:
        query = query.where(col(Bot.id) > after)
    return (await session.exec(query)).all()


async def statuses(session: AsyncSession, bots: Sequence[str]) -> Mapping[str, BotStatus]:
    """The status of each bot that has one."""
    query = select(BotStatus).where(col(BotStatus.bot).in_(bots))
    return {row.bot: row for row in await session.exec(query)}


async def has_any(session: AsyncSession, owner: str) -> bool:
    """Whether there are bots under an owner's name."""
    return (await session.exec(select(Bot.id).where(Bot.owner == owner).limit(1))).first() is not None


async def unowned(session: AsyncSession, bots: Sequence[Bot]) -> frozenset[str]:
    """The owners' names of these bots that no user and no team bears."""
    names = frozenset(row.owner for row in bots)
    known = await session.exec(select(Owner.name).where(col(Owner.name).in_(names)))
    return names - frozenset(known)


async def owners(session: AsyncSession, names: Collection[str]) -> set[str]:
    """Those of the names that are owners."""
    return set((await session.exec(select(Owner.name).where(col(Owner.name).in_(names)))).all())


async def count(session: AsyncSession) -> int:
    """How many bots there are."""
    return (await session.exec(select(func.count()).select_from(Bot))).one()


async def phases(session: AsyncSession) -> Mapping[str, int]:
    """How many bots are in each phase, as the engine last said."""
    query = select(BotStatus.phase, func.count()).group_by(BotStatus.phase)
    return dict((await session.exec(query)).all())
