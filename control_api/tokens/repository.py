"""Rows of API tokens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Token


async def by_digest(session: AsyncSession, digest: str) -> Token | None:
    """The token of this digest."""
    return (await session.exec(select(Token).where(Token.digest == digest))).first()


async def of_user(session: AsyncSession, user: str, after: str | None, limit: int) -> Sequence[Token]:
    """A user's tokens that are not revoked, by id."""
    query = select(Token).where(Token.user == user, col(Token.revoked_at).is_(None))
    if after is not None:
        query = query.where(col(Token.id) > after)
    return (await session.exec(query.order_by(Token.id).limit(limit))).all()
