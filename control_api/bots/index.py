"""The projection of `main` in the table `bot`: what the committer reports, what a write promises before."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.bots import raw
from control_api.database import Database
from control_api.models import Bot, BotStatus, Event, IndexTip, Operation, now
from control_api.operations import repository as operations
from control_api.operations.journal import Reason
from gitops.operations import IndexRow


async def tip(session: AsyncSession) -> str | None:
    """The commit on `main` that the rows show."""
    found = await session.get(IndexTip, IndexTip.ONLY)
    return found.commit if found else None


async def store(session: AsyncSession, rows: Sequence[IndexRow], upto: str, *, complete: bool) -> None:
    """Takes rows in; `complete` says that there are no others.

    A tip that is missing stays so until all rows are taken in: somebody wants the whole walked anew.
    """
    if complete:
        await raw.forget_unreadable(session)
    known = await rows_of(session, [str(row.bot) for row in rows])
    for row in rows:
        await _store(session, row, known.get(str(row.bot)))
    if complete:
        await _drop_others(session, {str(row.bot) for row in rows})
    found = await session.get(IndexTip, IndexTip.ONLY)
    if found is not None or complete:
        found = found or IndexTip(id=IndexTip.ONLY, commit=upto)
        found.commit = upto
        session.add(found)
    await session.flush()


async def _store(session: AsyncSession, row: IndexRow, found: Bot | None) -> None:
    if row.version is None:
        if found is not None and found.version is not None:
            await mark_gone(session, found)
        return
    if found is None:
        found = Bot(id=str(row.bot), owner=row.bot.owner, name=row.bot.name)
    found.version, found.commit, found.gone = row.version, row.commit, False
    if row.data is not None:
        found.spec = dict(row.data)
    found.secrets = _secrets(found.secrets, row.secrets)
    found.held = [{"pointer": each.pointer, "detail": str(each)} for each in row.held]
    found.updated_at = now()
    session.add(found)


def _secrets(before: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    moment = now().isoformat()
    return {
        name: before[name]
        if before.get(name, {}).get("digest") == digest
        else {"digest": digest, "changed_at": moment}
        for name, digest in digests.items()
    }


async def _drop_others(session: AsyncSession, known: set[str]) -> None:
    # Bots whose first commit is still to come are not on `main` and yet stay.
    for row in (await session.exec(select(Bot).where(col(Bot.version).is_not(None)))).all():
        if row.id not in known:
            await mark_gone(session, row)


async def mark_gone(session: AsyncSession, row: Bot) -> None:
    """The bot is off `main`. Its row goes too, unless an operation still has to see it stop."""
    if await operations.is_going(session, row.id):
        row.gone = True
        session.add(row)
        await session.flush()
    else:
        await remove(session, row.id)


async def finish_gone(session: AsyncSession, running: Container[str]) -> list[str]:
    """Forgets bots off `main` that run no more and whose removal came too late for its operation."""
    gone = (await session.exec(select(Bot.id).where(col(Bot.gone)))).all()
    if not (stopped := [bot for bot in gone if bot not in running]):
        return []
    watched = await operations.going(session)
    late = [bot for bot in stopped if bot not in watched]
    for bot in late:
        await remove(session, bot)
        session.add(Event(bot=bot, event="bot"))
    return late


async def remove(session: AsyncSession, bot: str) -> None:
    """Forgets a bot that is off `main` and no longer runs."""
    row = await session.get(Bot, bot)
    if row is not None:
        await session.delete(row)
    status = await session.get(BotStatus, bot)
    if status is not None:
        await session.delete(status)
    await session.flush()


async def promise(session: AsyncSession, bot: str, spec: Mapping[str, Any]) -> bool:
    """Takes a name for a bot that is about to be committed; False if it is taken."""
    return place(session, bot, spec, await session.get(Bot, bot))


def place(session: AsyncSession, bot: str, spec: Mapping[str, Any], found: Bot | None) -> bool:
    """The same, where it is known which row there is."""
    if found is not None and not found.gone:
        return False
    owner, _, name = bot.partition(".")
    if found is None:
        found = Bot(id=bot, owner=owner, name=name)
    found.version, found.commit, found.gone, found.held, found.secrets = None, None, False, [], {}
    found.spec, found.created_at, found.updated_at = dict(spec), now(), now()
    session.add(found)
    return True


async def refused(session: AsyncSession, bot: str) -> None:
    """A change was refused; a bot that never came to be gives its name back."""
    found = await session.get(Bot, bot)
    if found is not None and found.version is None and not await operations.unsettled(session, bot):
        await remove(session, bot)


async def rows_of(session: AsyncSession, bots: Sequence[str]) -> dict[str, Bot]:
    """The rows of many bots, by id, those that there are.

    While they are held, `get` finds them without a query.
    """
    query = select(Bot).where(col(Bot.id).in_(bots))
    return {row.id: row for row in await session.exec(query)}


async def finish_delete(session: AsyncSession, bot: str) -> None:
    """A deleted bot runs no more; a new one of the same name is left alone."""
    row = await session.get(Bot, bot)
    if row is None or row.gone:
        await remove(session, bot)


async def proved(session: AsyncSession, operation: Operation) -> None:
    """An operation has succeeded: what was wrong before is mended."""
    status = await session.get(BotStatus, operation.bot)
    if status is None:
        return
    answered = (await operations.steps(session, [operation.id]))[operation.id]
    if any(step.name == "answered" and step.state == "succeeded" for step in answered):
        status.proven = True
    status.failed_step, status.failure, status.remedy = None, None, None
    session.add(status)
    await session.flush()


async def failed(session: AsyncSession, operation: Operation, step: str, reason: Reason) -> None:
    """An operation has failed after its commit: the bot says so until one succeeds."""
    status = await session.get(BotStatus, operation.bot)
    if status is None:
        return
    status.proven = False
    status.failed_step, status.failure, status.remedy = step, reason.detail, reason.next_step
    session.add(status)
    await session.flush()


async def check(database: Database) -> None:
    """Makes the committer walk the whole of `main` anew where there are no rows."""
    async with database.reading() as session:
        if (await session.exec(select(Bot.id).limit(1))).first() is not None:
            return
    await doubt(database)


async def doubt(database: Database) -> None:
    """Asks for the whole to be walked anew: at once by the one that leads, or at the next start."""
    async with database.writing() as session:
        await session.exec(delete(IndexTip))
