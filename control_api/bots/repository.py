"""Rows of bots. Every list starts from the one statement that is scoped to what the caller may see."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Bot, BotStatus, Owner


@dataclass(frozen=True)
class Wanted:
    """Which bots: those of `owners` (None means all), all `words` in the id or the description."""

    owners: frozenset[str] | None
    owner: str | None = None
    words: Sequence[str] = ()
    channel: str | None = None


async def bot(session: AsyncSession, bot_id: str) -> Bot | None:
    """The bot of this id."""
    return await session.get(Bot, bot_id)


async def bots(session: AsyncSession, wanted: Wanted, after: str | None, limit: int) -> Sequence[Bot]:
    """Bots by id that are wanted."""
    query = select(Bot).where(*_conditions(wanted)).order_by(Bot.id).limit(limit)
    if after is not None:
        query = query.where(col(Bot.id) > after)
    return (await session.exec(query)).all()


async def count_wanted(session: AsyncSession, wanted: Wanted) -> int:
    """How many bots are wanted."""
    query = select(func.count()).select_from(Bot).where(*_conditions(wanted))
    return (await session.exec(query)).one()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    spec = col(Bot.spec)
    if wanted.owners is not None:
        yield col(Bot.owner).in_(wanted.owners)
    if wanted.owner is not None:
        yield col(Bot.owner) == wanted.owner
    for word in wanted.words:
        description = spec["description"].as_string()
        yield or_(col(Bot.id).icontains(word, autoescape=True), description.icontains(word, autoescape=True))
    # Every bot has the web chat.
    if wanted.channel not in (None, "web"):
        yield spec["channels"][wanted.channel].as_string().is_not(None)


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
