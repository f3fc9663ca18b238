"""Operations as callers see them: listing, reading, watching, waiting."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

from control_api.caller import Caller
from control_api.database import DatabaseAwayError
from control_api.kit.paging import Paging
from control_api.kit.problems import ConflictError, NotFoundError
from control_api.operations import repository
from control_api.operations.plan import ENDED
from control_api.operations.schemas import Operation, Operations
from control_api.operations.views import view
from control_api.platform import Platform
from control_api.rights import renewed

# How long a stream waits for a ring before it looks for itself: another process may have written.
_LOOK_EVERY = 5.0
# How soon it looks again for a database that is away.
_TRY_AGAIN = 0.5


class OperationService:
    """The calls on operations."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._bells = platform.bells

    async def list(self, caller: Caller, paging: Paging, bot: str | None, state: str | None) -> Operations:
        async with self._database.reading() as session:
            rows = await repository.operations(
                session,
                owners=caller.owners,
                bot=bot,
                state=state,
                before=paging.number(),
                limit=paging.limit + 1,
            )
            kept, cursor = paging.page(rows, lambda row: row.number)
            steps = await repository.steps(session, [row.id for row in kept])
        return Operations(items=[view(row, steps[row.id]) for row in kept], next_cursor=cursor)

    async def get(self, caller: Caller, operation_id: str) -> Operation:
        """An operation of a bot that the caller may see."""
        async with self._database.reading() as session:
            row = await repository.operation(session, operation_id)
            if row is None or not caller.may_read(row.owner):
                raise NotFoundError("operation")
            steps = await repository.steps(session, [row.id])
        return view(row, steps[row.id])

    async def wait(self, operation_id: str, seconds: float) -> Operation:
        """The operation once it has ended, or as it is when the time is over."""
        ends, topic = time.monotonic() + seconds, f"operation:{operation_id}"
        while True:
            ticket = self._bells.ticket(topic)
            left = ends - time.monotonic()
            try:
                operation = await self._read(operation_id)
            except DatabaseAwayError:
                # The write is stored; that the database went away meanwhile is no answer to it.
                if left <= 0 or self._bells.closing.is_set():
                    self._bells.drop(topic, ticket)
                    raise
                await self._bells.wait(topic, ticket, min(left, _TRY_AGAIN))
                continue
            if operation.state in ENDED or left <= 0 or self._bells.closing.is_set():
                self._bells.drop(topic, ticket)
                return operation
            await self._bells.wait(topic, ticket, min(left, _LOOK_EVERY))

    async def outcome(self, operation_id: str, seconds: int) -> Operation:
        """As `wait`, for the answer to a write: ConflictError if it was waited for and failed."""
        operation = await self.wait(operation_id, seconds)
        if seconds and operation.state == "failed":
            raise _failed(operation)
        return operation

    async def watch(
        self, caller: Caller, operation_id: str, last: int | None
    ) -> AsyncIterator[ServerSentEvent]:
        """The operation as it is, then after each change, until it has ended or is not the caller's to read.

        With the id of the last event seen, each event after that one.
        """
        topic = f"operation:{operation_id}"
        if last is None:
            async with self._database.reading() as session:
                last = max(0, await repository.last_event(session, operation=operation_id) - 1)
        while True:
            ticket = self._bells.ticket(topic)
            try:
                # The state first: once it is an end, the events read after it are all there will be.
                ended = (await self.get(await renewed(self._database, caller), operation_id)).state in ENDED
                async with self._database.reading() as session:
                    events = await repository.events(session, operation=operation_id, after=last)
                for event in events:
                    last = event.id or last
                    yield ServerSentEvent(id=str(event.id), event=event.event, data=event.data)
                if ended and len(events) < repository.EVENTS_AT_A_TIME:
                    return
                if self._bells.closing.is_set():
                    return
                if not events:
                    await self._bells.wait(topic, ticket, _LOOK_EVERY)
            except DatabaseAwayError:
                await self._bells.wait(topic, ticket, _TRY_AGAIN)
            finally:
                self._bells.drop(topic, ticket)

    async def _read(self, operation_id: str) -> Operation:
        async with self._database.reading() as session:
            row = await repository.operation(session, operation_id)
            assert row is not None
            steps = await repository.steps(session, [row.id])
        return view(row, steps[row.id])


def _failed(operation: Operation) -> ConflictError:
    """The 409 of a write that was waited for and failed."""
    error = operation.error
    of = f" of {operation.bot}" if operation.bot else ""
    detail = f"{operation.kind}{of} failed"
    if error is not None:
        detail += f" at {error.step}: {error.detail}"
    problem = ConflictError(
        detail,
        errors=error.errors if error else (),
        extra={"operation": operation.model_dump(mode="json")},
    )
    problem.title = "The operation failed"
    return problem
