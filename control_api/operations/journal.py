"""How operations change: begin, move a step, end. Each change is stored with the event that tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models
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
    owner: str | None = None,
    source: str = "api",
    operation_id: str | None = None,
    intent: dict[str, Any] | None = None,
) -> Operation:
    """A new operation, accepted. A bulk operation has no bot of its own and so is told its owner."""
    row = Operation(
        id=operation_id or new_id("op"),
        kind=kind,
        bot=bot,
        owner=owner or bot.partition(".")[0],
        actor=actor[: models.LONGEST_ACTOR],
        source=source,
        intent=intent,
    )
    session.add(row)
    await session.flush()
    steps = [
        OperationStep(operation=row.id, position=position, name=name)
        for position, name in enumerate(plan.steps(kind))
    ]
    steps[0].state, steps[0].at = "succeeded", row.created_at
    session.add_all(steps)
    if bot:
        status = await status_of(session, bot)
        status.operation = row.id
        session.add(status)
    await _tell(session, row, steps)
    return row


async def move(
    session: AsyncSession, row: Operation, step: str, state: str, detail: str | None = None
) -> None:
    """Moves one step on; the operation is running from its first move."""
    steps = await _steps(session, row)
    for each in steps:
        if each.name == step:
            _set(session, each, state, detail)
    if row.state == "pending":
        row.state = "running"
        session.add(row)
    await _tell(session, row, steps)


async def wait(session: AsyncSession, row: Operation, step: str, detail: str) -> None:
    """Puts a step that was begun back: it waits for something, and so does the operation."""
    steps = await _steps(session, row)
    for each in steps:
        if each.name == step:
            _set(session, each, "pending", detail)
    row.state = "pending"
    session.add(row)
    await _tell(session, row, steps)


async def succeed(session: AsyncSession, row: Operation, skipped: str | None = None) -> None:
    """Ends an operation well; steps that were not taken are skipped, for the reason given."""
    await _end(session, row, await _steps(session, row), "succeeded", skipped)


async def fail(session: AsyncSession, row: Operation, step: str, reason: Reason) -> None:
    """Ends an operation at a step that failed; the steps after it stay untaken."""
    steps = await _steps(session, row)
    for each in steps:
        if each.name == step:
            _set(session, each, "failed", reason.detail)
    row.error = {
        "step": step,
        "title": reason.title,
        "detail": reason.detail,
        "next_step": reason.next_step,
        "status": reason.status,
        "errors": list(reason.errors),
    }
    await _end(session, row, steps, "failed", None)


async def _end(
    session: AsyncSession,
    row: Operation,
    steps: Sequence[OperationStep],
    state: str,
    skipped: str | None,
) -> None:
    for each in steps:
        if each.state not in plan.OVER:
            _set(session, each, "skipped", skipped)
    row.state, row.finished_at, row.settled, row.intent = state, now(), True, None
    session.add(row)
    await audit.settle(session, row.id, state)
    await _tell(session, row, steps)


def _set(session: AsyncSession, step: OperationStep, state: str, detail: str | None) -> None:
    if (step.state, step.detail) != (state, detail):
        step.state, step.at, step.detail = state, now(), detail
        session.add(step)


async def _tell(session: AsyncSession, row: Operation, steps: Sequence[OperationStep]) -> None:
    """Stores the event that carries the operation as it is now."""
    snapshot = view(row, steps).model_dump(mode="json")
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


async def _steps(session: AsyncSession, row: Operation) -> list[OperationStep]:
    return (await repository.steps(session, [row.id]))[row.id]
