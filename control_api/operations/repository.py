"""Rows of operations, their steps and their events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import defer
from sqlmodel import col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import BotStatus, Event, Operation, OperationBot, OperationStep
from control_api.operations.plan import ENDED

EVENTS_AT_A_TIME = 200

# What the committer alone reads: of a bulk operation some megabytes, that each look of each caller who waits
# for its end would parse.
_OPERATIONS = select(Operation).options(
    *(defer(cast(Any, column), raiseload=True) for column in (Operation.intent, Operation.prepared))
)
_WAITING = ~col(Operation.settled) & (col(Operation.source) == "api")


async def operation(session: AsyncSession, operation_id: str) -> Operation | None:
    """The operation of this id, without its intent and what is prepared of it."""
    return (await session.exec(_OPERATIONS.where(Operation.id == operation_id))).first()


async def prepared(session: AsyncSession, operation_id: str) -> Mapping[str, Any] | None:
    """What is prepared of an operation, as JSON."""
    return (await session.exec(select(Operation.prepared).where(Operation.id == operation_id))).first()


async def all_prepared(session: AsyncSession) -> dict[str, Mapping[str, Any]]:
    """What is prepared of the operations that are not yet settled, oldest first."""
    query = select(Operation.id, Operation.prepared).where(~col(Operation.settled))
    rows = (await session.exec(query.order_by(col(Operation.number)))).all()
    return {operation: found for operation, found in rows if found is not None}


async def steps(session: AsyncSession, operation_ids: Sequence[str]) -> dict[str, list[OperationStep]]:
    """The steps of each operation, in order."""
    if not operation_ids:
        return {}
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
    query = _OPERATIONS.order_by(col(Operation.number).desc()).limit(limit)
    if owners is not None:
        query = query.where(col(Operation.owner).in_(owners))
    if bot is not None:
        query = query.where(_of(bot))
    if state is not None:
        query = query.where(Operation.state == state)
    if before is not None:
        query = query.where(col(Operation.number) < before)
    return (await session.exec(query)).all()


async def is_waiting(session: AsyncSession) -> bool:
    """Whether the committer has operations to settle."""
    return (await session.exec(select(Operation.id).where(_WAITING).limit(1))).first() is not None


async def waiting(session: AsyncSession, limit: int) -> Sequence[Operation]:
    """The oldest operations that the committer has to settle, with their intents."""
    query = select(Operation).where(_WAITING).order_by(col(Operation.number)).limit(limit)
    return (await session.exec(query)).all()


async def unsettled(session: AsyncSession, bot: str) -> Sequence[Operation]:
    """A bot's operations that are not yet on `main`, oldest first."""
    query = _OPERATIONS.where(_of(bot), ~col(Operation.settled))
    return (await session.exec(query.order_by(col(Operation.number)))).all()


async def unsettled_of(session: AsyncSession, bots: Sequence[str]) -> set[str]:
    """Those of the bots that have operations which are not yet on `main`."""
    alone = select(Operation.bot).where(col(Operation.bot).in_(bots), ~col(Operation.settled))
    many = (
        select(OperationBot.bot)
        .join(Operation, col(Operation.id) == OperationBot.operation)
        .where(col(OperationBot.bot).in_(bots), ~col(Operation.settled))
    )
    return {*(await session.exec(alone)).all(), *(await session.exec(many)).all()}


async def members(session: AsyncSession, operation_id: str) -> Sequence[OperationBot]:
    """The bots of a bulk operation, by id."""
    query = select(OperationBot).where(OperationBot.operation == operation_id).order_by(OperationBot.bot)
    return (await session.exec(query)).all()


async def overtaken(session: AsyncSession, operation_id: str) -> set[str]:
    """The bots of a bulk operation that newer operations have taken over."""
    query = select(OperationBot.bot).where(OperationBot.operation == operation_id, OperationBot.overtaken)
    return set((await session.exec(query)).all())


async def proven(session: AsyncSession, operation_id: str) -> set[str]:
    """The bots of a bulk operation that have answered as they were before."""
    query = (
        select(BotStatus.bot)
        .join(OperationBot, col(OperationBot.bot) == BotStatus.bot)
        .where(OperationBot.operation == operation_id, BotStatus.proven)
    )
    return set((await session.exec(query)).all())


async def take_over(session: AsyncSession, bots: Sequence[str], operation_id: str) -> None:
    """Older bulk operations no longer answer for these bots."""
    older = col(OperationBot.bot).in_(bots) & (col(OperationBot.operation) != operation_id)
    await session.exec(
        update(OperationBot).where(older & ~col(OperationBot.overtaken)).values(overtaken=True)
    )


async def is_going(session: AsyncSession, bot: str) -> bool:
    """Whether an operation that deletes the bot is on its way."""
    among = (
        exists()
        .where(
            col(OperationBot.operation) == col(Operation.id),
            col(OperationBot.bot) == bot,
            col(OperationBot.kind) == "delete",
            ~col(OperationBot.overtaken),
        )
        .correlate(Operation)
    )
    alone = (col(Operation.bot) == bot) & (col(Operation.kind) == "delete")
    query = select(Operation.id).where(col(Operation.state).not_in(ENDED), or_(alone, among))
    return (await session.exec(query.limit(1))).first() is not None


async def going(session: AsyncSession) -> set[str]:
    """The bots that operations on their way delete, and still wait to see go."""
    waits = col(Operation.state).not_in(ENDED)
    alone = select(Operation.bot).where(waits, Operation.kind == "delete")
    together = (
        select(OperationBot.bot)
        .join(Operation, col(OperationBot.operation) == Operation.id)
        .where(waits, OperationBot.kind == "delete", ~col(OperationBot.overtaken))
    )
    return {*(await session.exec(alone)).all(), *(await session.exec(together)).all()}


def _of(bot: str) -> ColumnElement[bool]:
    """Operations of this bot, alone or with others."""
    many = select(OperationBot.operation).where(OperationBot.bot == bot)
    return or_(col(Operation.bot) == bot, col(Operation.id).in_(many))


async def unfinished(session: AsyncSession, *bots: str) -> Sequence[Operation]:
    """Operations on `main` whose steps go on, oldest first: all, or those of these bots alone."""
    query = _OPERATIONS.where(col(Operation.settled), Operation.state == "running")
    if bots:
        query = query.where(col(Operation.bot).in_(bots))
    return (await session.exec(query.order_by(col(Operation.number)))).all()


async def last_delete(session: AsyncSession, bot: str) -> Operation | None:
    """The newest operation that took the bot off `main`."""
    query = _OPERATIONS.where(
        Operation.bot == bot, Operation.kind == "delete", col(Operation.deploy_commit).is_not(None)
    )
    return (await session.exec(query.order_by(col(Operation.number).desc()).limit(1))).first()


async def newest(session: AsyncSession, bots: Sequence[str]) -> dict[str, Operation]:
    """The newest operation of each bot."""
    numbers = select(func.max(Operation.number)).where(col(Operation.bot).in_(bots)).group_by(Operation.bot)
    query = _OPERATIONS.where(col(Operation.number).in_(numbers))
    found = {row.bot: row for row in await session.exec(query)}
    many = await _newest_bulk(session, bots)
    return {
        bot: max((each[bot] for each in (found, many) if bot in each), key=lambda row: row.number or 0)
        for bot in found | many
    }


async def _newest_bulk(session: AsyncSession, bots: Sequence[str]) -> dict[str, Operation]:
    """The newest bulk operation of each bot that was in one."""
    query = (
        select(OperationBot.bot, func.max(Operation.number))
        .join(Operation, col(Operation.id) == OperationBot.operation)
        .where(col(OperationBot.bot).in_(bots))
        .group_by(OperationBot.bot)
    )
    numbers = dict((await session.exec(query)).all())
    if not numbers:
        return {}
    rows = _OPERATIONS.where(col(Operation.number).in_(set(numbers.values())))
    by_number = {row.number: row for row in await session.exec(rows)}
    return {bot: by_number[number] for bot, number in numbers.items()}


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


async def owners_of(session: AsyncSession, operation_ids: Collection[str]) -> dict[str, str]:
    """The owner of each operation."""
    query = select(Operation.id, Operation.owner).where(col(Operation.id).in_(operation_ids))
    return dict((await session.exec(query)).all())


async def last_event(session: AsyncSession, *, operation: str | None = None, bot: str | None = None) -> int:
    """The id of the newest event, 0 if there is none."""
    query = select(func.max(Event.id))
    if operation is not None:
        query = query.where(Event.operation == operation)
    if bot is not None:
        query = query.where(Event.bot == bot)
    return (await session.exec(query)).one() or 0


async def happened(session: AsyncSession, bot: str, event: str, after: int) -> bool:
    """Whether there is such an event of the bot after the one of that id."""
    query = select(Event.id).where(Event.bot == bot, Event.event == event, col(Event.id) > after)
    return (await session.exec(query.limit(1))).first() is not None
