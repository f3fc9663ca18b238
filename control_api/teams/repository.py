"""Rows of teams and their members."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Membership, Owner

TEAM = "team"


async def team(session: AsyncSession, name: str) -> Owner | None:
    """The team of this name."""
    found = await session.get(Owner, name)
    return found if found is not None and found.kind == TEAM else None


async def teams(
    session: AsyncSession, names: frozenset[str] | None, after: str | None, limit: int
) -> Sequence[Owner]:
    """Teams by name; `names` narrows, None means all."""
    query = select(Owner).where(Owner.kind == TEAM).order_by(Owner.name).limit(limit)
    if names is not None:
        query = query.where(col(Owner.name).in_(names))
    if after is not None:
        query = query.where(col(Owner.name) > after)
    return (await session.exec(query)).all()


async def members(session: AsyncSession, names: Sequence[str]) -> Sequence[Membership]:
    """The members of these teams."""
    query = select(Membership).where(col(Membership.owner).in_(names))
    return (await session.exec(query.order_by(Membership.owner, Membership.user))).all()
