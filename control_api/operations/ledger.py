"""What the committer asks for and reports: the control API's side of `gitops.operations.Operations`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models
from control_api.audit.repository import record
from control_api.bots import index
from control_api.database import Database
from control_api.kit.bells import Bells
from control_api.operations import bulk, intents, journal, plan, repository
from control_api.operations.journal import Reason
from gitops.intent import Request
from gitops.operations import Adopted, Committed, IndexRow, Prepared, Refused, Result, Unchanged

OPERATIONS_BELL = "operations"


class StoredOperations:
    """Operations in the database. Each call is one transaction and may be repeated."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database = database
        self._bells = bells

    async def claim(self, limit: int) -> Sequence[Request]:
        async with self._database.reading() as session:
            if not await repository.is_waiting(session):
                return []
        async with self._database.writing() as session:
            rows = await repository.waiting(session, limit)
            for row in rows:
                if row.state == "pending":
                    await journal.move(session, row, plan.COMMITTED, "running")
            found = [intents.read(row.intent) for row in rows if row.intent is not None]
        self._ring(rows)
        return found

    async def prepared(self, commits: Mapping[str, Prepared]) -> None:
        async with self._database.writing() as session:
            for operation, prepared in commits.items():
                row = await repository.operation(session, operation)
                if row is not None and not row.settled:
                    before = await repository.prepared(session, operation)
                    row.prepared = intents.prepare_again(before, prepared)
                    session.add(row)

    async def postponed(self, operations: Sequence[str], reason: str) -> None:
        rows: list[models.Operation] = []
        async with self._database.writing() as session:
            for operation in operations:
                row = await repository.operation(session, operation)
                if row is not None and not row.settled:
                    await journal.wait(session, row, plan.COMMITTED, f"Waits: {reason}")
                    rows.append(row)
        self._ring(rows)

    async def committed(self, results: Mapping[str, Result]) -> None:
        rows: list[models.Operation] = []
        async with self._database.writing() as session:
            for operation, result in results.items():
                row = await repository.operation(session, operation)
                if row is None or row.settled:
                    continue
                rows += [row, *await _settle(session, row, result)]
        self._ring(rows)

    async def adopted(self, changes: Sequence[Adopted]) -> Sequence[str]:
        async with self._database.writing() as session:
            rows = [await _adopt(session, change) for change in changes]
        self._ring(rows)
        return [row.id for row in rows]

    async def indexed(self, rows: Sequence[IndexRow], upto: str, *, complete: bool = False) -> None:
        async with self._database.writing() as session:
            await index.store(session, rows, upto, complete=complete)
        self._bells.ring(*(f"bot:{row.bot}" for row in rows), "bots")

    async def index_tip(self) -> str | None:
        async with self._database.reading() as session:
            return await index.tip(session)

    async def unfinished(self) -> Mapping[str, Prepared]:
        async with self._database.reading() as session:
            found = await repository.all_prepared(session)
        return {operation: intents.read_prepared(prepared) for operation, prepared in found.items()}

    def _ring(self, rows: Sequence[models.Operation]) -> None:
        for row in rows:
            self._bells.ring(f"operation:{row.id}", f"bot:{row.bot}")
        self._bells.ring("bots", OPERATIONS_BELL)


async def _settle(session: AsyncSession, row: models.Operation, result: Result) -> list[models.Operation]:
    """Settles one operation; the older ones that it has overtaken."""
    if isinstance(result, Committed):
        return await _commit(session, row, result.prepared)
    if isinstance(result, Unchanged):
        await journal.succeed(session, row, "Nothing to change, so there is no commit.")
    else:
        await _refuse(session, row, result)
    return []


async def _commit(session: AsyncSession, row: models.Operation, prepared: Prepared) -> list[models.Operation]:
    row.commit, row.deploy_commit, row.branch = (
        prepared.commit,
        prepared.deploy_commit or None,
        prepared.branch or None,
    )
    row.version, row.revision = prepared.version, prepared.revision
    # What was prepared is in the row itself now, and of a bulk in those of its bots. Proofs read the row over
    # and over.
    row.settled, row.intent, row.prepared, row.state = True, None, None, "running"
    session.add(row)
    await journal.move(session, row, plan.COMMITTED, "succeeded", f"Commit {prepared.commit[:12]}")
    if row.kind == plan.QUOTA:
        await journal.succeed(session, row)
        return []
    bots = list(prepared.bots) or [row.bot]
    unfinished = await repository.unfinished(session, *bots)
    overtaken = [each for each in unfinished if (each.number or 0) < (row.number or 0)]
    for older in overtaken:
        await journal.succeed(session, older, f"Overtaken by {row.id}, which carries on from here.")
    await repository.take_over(session, bots, row.id)
    if row.kind == plan.BULK:
        await bulk.committed(session, row, prepared)
    return overtaken


async def _refuse(session: AsyncSession, row: models.Operation, refused: Refused) -> None:
    errors = [{"pointer": each.pointer, "detail": each.detail} for each in refused.problems]
    detail = "; ".join(str(each) for each in refused.problems) or refused.title
    reason = Reason(refused.title, detail, "Correct it and send it again.", refused.status, errors)
    await journal.fail(session, row, plan.COMMITTED, reason)
    if row.kind == plan.BULK:
        await bulk.refused(session, row)
    elif row.bot:
        await index.refused(session, row.bot)


async def _adopt(session: AsyncSession, change: Adopted) -> models.Operation:
    known = await repository.operation(session, _adopted_id(change))
    if known is None:
        known = await journal.begin(
            session,
            kind=change.kind,
            bot=str(change.bot),
            actor=change.author.name,
            source="push",
            operation_id=_adopted_id(change),
        )
        await journal.move(session, known, plan.COMMITTED, "running")
        record(
            session,
            change.author.name,
            f"bot.{change.kind}",
            via="commit",
            bot=str(change.bot),
            operation=known.id,
            outcome="accepted",
            detail=f"commit {change.commit[:12]}",
        )
    if change.prepared is not None and not known.settled:
        known.prepared = intents.write_prepared(change.prepared)
    known.commit = change.commit
    session.add(known)
    return known


def _adopted_id(change: Adopted) -> str:
    # Derived, so that adopting the same commit again after a crash finds the same operation.
    return "op_" + hashlib.sha256(f"{change.commit} {change.bot}".encode()).hexdigest()[:20]
