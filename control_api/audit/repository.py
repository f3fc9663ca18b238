"""Rows of the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.caller import Caller
from control_api.models import LONGEST_ACTOR, AuditEntry


def record(
    session: AsyncSession,
    caller: Caller | str,
    action: str,
    *,
    outcome: str,
    owner: str | None = None,
    bot: str | None = None,
    operation: str | None = None,
    detail: str | None = None,
    via: str | None = None,
) -> None:
    """Adds an entry in the caller's transaction, so that it is there exactly if what it tells of is."""
    actor, way = (caller, "system") if isinstance(caller, str) else (caller.user, caller.via)
    session.add(
        AuditEntry(
            # The author of a pushed commit may have any name; Postgres takes no more than the column holds.
            actor=actor[:LONGEST_ACTOR],
            via=via or way,
            action=action,
            owner=owner or (bot.partition(".")[0] if bot else None),
            bot=bot,
            operation=operation,
            outcome=outcome,
            detail=detail,
        )
    )


async def settle(session: AsyncSession, operation: str, outcome: str) -> None:
    """Fills in how an operation that somebody asked for has ended."""
    asked = update(AuditEntry).where(col(AuditEntry.operation) == operation)
    await session.exec(asked.values(outcome=outcome))


async def entries(
    session: AsyncSession,
    *,
    owners: frozenset[str] | None,
    user: str,
    bot: str | None,
    before: int | None,
    limit: int,
) -> Sequence[AuditEntry]:
    """Entries that a caller may see, newest first; `owners` None means all."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if owners is not None:
        query = query.where(or_(col(AuditEntry.owner).in_(owners), AuditEntry.actor == user))
    if bot is not None:
        query = query.where(AuditEntry.bot == bot)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    return (await session.exec(query)).all()
