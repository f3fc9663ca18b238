"""Rows of users and their roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Membership, Owner, Role, User, WebSession


async def user(session: AsyncSession, name: str) -> User | None:
    """An enabled user."""
    found = await session.get(User, name)
    return found if found is not None and found.disabled_at is None else None


async def roles(session: AsyncSession, name: str) -> Mapping[str, Role]:
    """A user's roles by owner."""
    rows = await session.exec(select(Membership).where(Membership.user == name))
    return {row.owner: Role(row.role) for row in rows}


async def signed_in(session: AsyncSession, digest: str) -> tuple[WebSession, User, Mapping[str, Role]] | None:
    """The session of that digest, its enabled user and their roles; by one query, as each call asks."""
    query = (
        select(WebSession, User, Membership)
        .join(User, col(User.name) == WebSession.user)
        .outerjoin(Membership, col(Membership.user) == User.name)
        .where(WebSession.digest == digest, col(User.disabled_at).is_(None))
    )
    rows = (await session.exec(query)).all()
    if not rows:
        return None
    members = (cast(Membership | None, member) for _, _, member in rows)
    return rows[0][0], rows[0][1], {each.owner: Role(each.role) for each in members if each is not None}


async def users(session: AsyncSession, *, after: str | None, limit: int, only: str | None) -> Sequence[User]:
    """Users by name; `only` narrows to one."""
    query = select(User).order_by(User.name).limit(limit)
    if only is not None:
        query = query.where(User.name == only)
    if after is not None:
        query = query.where(col(User.name) > after)
    return (await session.exec(query)).all()


async def any_operator(session: AsyncSession) -> bool:
    """Whether the installation has an operator."""
    query = select(User.name).where(col(User.operator), col(User.disabled_at).is_(None)).limit(1)
    return (await session.exec(query)).first() is not None


async def owner(session: AsyncSession, name: str) -> Owner | None:
    """A user's or team's name."""
    return await session.get(Owner, name)


async def owners(session: AsyncSession, names: frozenset[str] | None) -> Sequence[Owner]:
    """The owners of these names, or all."""
    query = select(Owner).order_by(Owner.name)
    if names is not None:
        query = query.where(col(Owner.name).in_(names))
    return (await session.exec(query)).all()
