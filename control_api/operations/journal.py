"""How operations change: begin, move a step, end. Each change is stored with the event that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.audit import repository as audit
from control_api.kit.tokens import new_id
from control_api.models import BotStatus, Event, Operation, OperationStep, now
from control_api.operations import plan, repository
from control_api.operations.views import view


@dataclass(frozen=True)
class Reason:
    """Why a step failed: what happened, and what to do about it."""

    title: str
    detail: str
    next_step: str | None = None
    status: int | None = None
    errors: Sequence[dict[str, Any]] = ()


async def begin(
    session: AsyncSession,
    *,
    kind: str,
    bot: str,
    actor: str,
    source: str = "api",
    operation_id: str | None = None,
    intent: dict[str, Any] | None = None,
) -> Operation:
    """A new operation, accepted."""
    row = Operation(
        id=operation_id or new_id("op"),
        kind=kind,
        bot=bot,
        owner=bot.partition(".")[0],
        actor=actor,
        source=source,
        intent=intent,
    )
    session.add(row)
    await session.flush()
    for position, name in enumerate(plan.steps(kind)):
        accepted = name == plan.ACCEPTED
        state, at = ("succeeded", row.created_at) if accepted else ("pending", None)
        session.add(OperationStep(operation=row.id, position=position, name=name, state=state, at=at))
    await session.flush()
    status = await status_of(session, bot)
    status.operation = row.id
    session.add(status)
    await tell(session, row)
    return row


async def move(
    session: AsyncSession, row: Operation, step: str, state: str, detail: str | None = None
) -> None:
    """Moves one step on; the operation is running from its first move."""
    for each in await _steps(session, row):
        if each.name == step and (each.state != state or each.detail != detail):
            each.state, each.at, each.detail = state, now(), detail
            each.since = each.at if state == "running" else each.since
            session.add(each)
    if row.state == "pending":
        row.state = "running"
        session.add(row)
    await tell(session, row)


async def succeed(session: AsyncSession, row: Operation, skipped: str | None = None) -> None:
    """Ends an operation well; steps that were not taken are skipped, for the reason given."""
    await _skip_rest(session, row, skipped)
    row.state, row.finished_at, row.settled, row.intent = "succeeded", now(), True, None
    session.add(row)
    await audit.settle(session, row.id, row.state)
    await tell(session, row)


async def fail(session: AsyncSession, row: Operation, step: str, reason: Reason) -> None:
    """Ends an operation at a step that failed; the steps after it stay untaken."""
    for each in await _steps(session, row):
        if each.name == step:
            each.state, each.at, each.detail = "failed", now(), reason.detail
            session.add(each)
    await _skip_rest(session, row, None)
    row.state, row.finished_at, row.settled, row.intent = "failed", now(), True, None
    row.error = {
        "step": step,
        "title": reason.title,
        "detail": reason.detail,
        "next_step": reason.next_step,
        "status": reason.status,
        "errors": list(reason.errors),
    }
    session.add(row)
    await audit.settle(session, row.id, row.state)
    await tell(session, row)


async def tell(session: AsyncSession, row: Operation) -> None:
    """Stores the event that carries the operation as it is now."""
    snapshot = view(row, await _steps(session, row)).model_dump(mode="json")
    session.add(Event(bot=row.bot, operation=row.id, event="operation", data={"operation": snapshot}))
    await session.flush()


async def status_of(session: AsyncSession, bot: str) -> BotStatus:
    """The bot's status row, a new one if there is none."""
    found = await session.get(BotStatus, bot)
    if found is None:
        found = BotStatus(bot=bot)
        session.add(found)
        await session.flush()
    return found


async def _skip_rest(session: AsyncSession, row: Operation, detail: str | None) -> None:
    for each in await _steps(session, row):
        if each.state not in plan.OVER:
            each.state, each.at, each.detail = "skipped", now(), detail
            session.add(each)
    await session.flush()


async def _steps(session: AsyncSession, row: Operation) -> list[OperationStep]:
    return (await repository.steps(session, [row.id]))[row.id]
