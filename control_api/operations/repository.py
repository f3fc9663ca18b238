"""Rows of operations, their steps and their events."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Event, Operation, OperationStep
from control_api.operations.plan import ENDED

EVENTS_AT_A_TIME = 200


async def operation(session: AsyncSession, operation_id: str) -> Operation | None:
    """The operation of this id."""
    return (await session.exec(select(Operation).where(Operation.id == operation_id))).first()


async def steps(session: AsyncSession, operation_ids: Sequence[str]) -> dict[str, list[OperationStep]]:
    """The steps of each operation, in order."""
    query = (
        select(OperationStep)
        .where(col(OperationStep.operation).in_(operation_ids))
        .order_by(OperationStep.operation, col(OperationStep.position))
    )
    found: dict[str, list[OperationStep]] = {each: [] for each in operation_ids}
    for row in await session.exec(query):
        found[row.operation].append(row)
    return found


async def operations(
    session: AsyncSession,
    *,
    owners: frozenset[str] | None,
    bot: str | None,
    state: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Operation]:
    """Operations that a caller may see, newest first; `owners` None means all."""
    query = select(Operation).order_by(col(Operation.number).desc()).limit(limit)
    if owners is not None:
        query = query.where(col(Operation.owner).in_(owners))
    if bot is not None:
        query = query.where(Operation.bot == bot)
    if state is not None:
        query = query.where(Operation.state == state)
    if before is not None:
        query = query.where(col(Operation.number) < before)
    return (await session.exec(query)).all()


async def waiting(session: AsyncSession, limit: int) -> Sequence[Operation]:
    """The oldest operations that the committer has to settle."""
    query = select(Operation).where(~col(Operation.settled), Operation.source == "api")
    return (await session.exec(query.order_by(col(Operation.number)).limit(limit))).all()


async def unsettled(session: AsyncSession, bot: str) -> Sequence[Operation]:
    """A bot's operations that are not yet on `main`, oldest first."""
    query = select(Operation).where(Operation.bot == bot, ~col(Operation.settled))
    return (await session.exec(query.order_by(col(Operation.number)))).all()


async def unfinished(session: AsyncSession, bot: str | None = None) -> Sequence[Operation]:
    """Operations on `main` whose steps go on, oldest first."""
    query = select(Operation).where(col(Operation.settled), Operation.state == "running")
    if bot is not None:
        query = query.where(Operation.bot == bot)
    return (await session.exec(query.order_by(col(Operation.number)))).all()


async def last_delete(session: AsyncSession, bot: str) -> Operation | None:
    """The newest operation that took the bot off `main`."""
    query = select(Operation).where(
        Operation.bot == bot, Operation.kind == "delete", col(Operation.deploy_commit).is_not(None)
    )
    return (await session.exec(query.order_by(col(Operation.number).desc()).limit(1))).first()


async def newest(session: AsyncSession, bots: Sequence[str]) -> dict[str, Operation]:
    """The newest operation of each bot."""
    numbers = select(func.max(Operation.number)).where(col(Operation.bot).in_(bots)).group_by(Operation.bot)
    query = select(Operation).where(col(Operation.number).in_(numbers))
    return {row.bot: row for row in await session.exec(query)}


async def count_waiting(session: AsyncSession) -> int:
    """How many operations have not ended."""
    query = select(func.count()).select_from(Operation).where(col(Operation.state).not_in(ENDED))
    return (await session.exec(query)).one()


async def events(
    session: AsyncSession,
    *,
    operation: str | None = None,
    bot: str | None = None,
    after: int,
    limit: int = EVENTS_AT_A_TIME,
) -> Sequence[Event]:
    """Events after an id, oldest first."""
    query = select(Event).where(col(Event.id) > after).order_by(col(Event.id)).limit(limit)
    if operation is not None:
        query = query.where(Event.operation == operation)
    if bot is not None:
        query = query.where(Event.bot == bot)
    return (await session.exec(query)).all()


async def last_event(session: AsyncSession, *, operation: str | None = None, bot: str | None = None) -> int:
    """The id of the newest event, 0 if there is none."""
    query = select(func.max(Event.id))
    if operation is not None:
        query = query.where(Event.operation == operation)
    if bot is not None:
        query = query.where(Event.bot == bot)
    return (await session.exec(query)).one() or 0
