"""What a bulk operation does to each of its bots, in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.bots import index
from control_api.models import BotStatus, Event, Operation, OperationBot
from control_api.operations import repository
from control_api.operations.journal import Reason
from gitops.intent import Intent
from gitops.operations import Prepared

_VERBS = {"deploy": "create", "change": "change", "delete": "delete"}


def begin(session: AsyncSession, operation: str, intents: Sequence[Intent]) -> None:
    """Names the operation's bots."""
    rows = [OperationBot(operation=operation, bot=str(each.bot), kind=each.kind) for each in intents]
    session.add_all(rows)


def summary(intents: Sequence[Intent]) -> str:
    """What is asked for, for the audit log."""
    counts = Counter(each.kind for each in intents)
    return ", ".join(f"{count} to {_VERBS[kind]}" for kind, count in counts.items())


async def committed(session: AsyncSession, row: Operation, prepared: Prepared) -> None:
    """The operation has reached `main`. A bot that it leaves as it was needs no steps."""
    for member in await repository.members(session, row.id):
        done = prepared.bots.get(member.bot)
        if done is None:
            member.overtaken = True
        else:
            member.branch, member.deploy_commit = done.branch, done.deploy_commit
            member.version, member.revision = done.version, done.revision
            _tell(session, row, member)
        session.add(member)
    await session.flush()


async def refused(session: AsyncSession, row: Operation) -> None:
    """The operation was refused; bots that never came to be give their names back."""
    for member in await repository.members(session, row.id):
        if member.kind == "deploy":
            await index.refused(session, member.bot)


async def ended(
    session: AsyncSession,
    row: Operation,
    members: Sequence[OperationBot],
    *,
    proven: Mapping[str, bool],
    failures: Mapping[str, tuple[str, Reason]],
) -> None:
    """Stores how each bot has ended: whether it is proven, where that is known anew, and why it failed."""
    query = select(BotStatus).where(col(BotStatus.bot).in_([each.bot for each in members]))
    statuses = {status.bot: status for status in await session.exec(query)}
    for member in members:
        if member.kind == "delete" and row.state == "failed":
            continue
        if member.kind == "delete":
            await index.finish_delete(session, member.bot)
            _tell(session, row, member)
            continue
        status = statuses.get(member.bot) or BotStatus(bot=member.bot)
        status.operation = row.id
        status.proven = proven.get(member.bot, status.proven)
        status.failed_step, status.failure, status.remedy = None, None, None
        if member.bot in failures:
            step, reason = failures[member.bot]
            status.proven = False
            status.failed_step, status.failure, status.remedy = step, reason.detail, reason.next_step
        session.add(status)
        _tell(session, row, member)
    await session.flush()


def _tell(session: AsyncSession, row: Operation, member: OperationBot) -> None:
    session.add(Event(bot=member.bot, event="bot", data={"operation": row.id}))
