"""Keeps a proof going for every operation that is committed and has not ended, across restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from control_api.database import Database
from control_api.engines.proof import Proof
from control_api.kit.bells import Bells
from control_api.kit.problems import NoRoomError
from control_api.models import Operation
from control_api.operations import repository
from control_api.operations.ledger import OPERATIONS_BELL

log = structlog.get_logger()

_LOOK_EVERY = 5.0
_ROOM_AGAIN = 1.0
_TRY_AGAIN = 1.0  # seconds until a proof goes on whose database or lease went away


class Driver:
    """One task an operation."""

    def __init__(self, database: Database, bells: Bells, proof: Callable[[Operation], Proof]) -> None:
        self._database = database
        self._bells = bells
        self._proof = proof
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Works until cancelled, then leaves the operations as they are stored."""
        try:
            while True:
                ticket = self._bells.ticket(OPERATIONS_BELL)
                await self._start_missing()
                await self._bells.wait(OPERATIONS_BELL, ticket, _LOOK_EVERY)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _start_missing(self) -> None:
        async with self._database.reading() as session:
            rows = await repository.unfinished(session)
        for row in rows:
            if row.id not in self._tasks:
                self._tasks[row.id] = asyncio.create_task(self._prove(row), name=f"proof of {row.id}")

    async def _prove(self, row: Operation) -> None:
        try:
            await self._proof(row).run()
        except NoRoomError:
            log.warning("proof_waits", operation=row.id, reason=NoRoomError.title)
            await asyncio.sleep(_ROOM_AGAIN)
            self._bells.ring(OPERATIONS_BELL)
        except ConnectionError as error:
            log.info("proof_waits", operation=row.id, reason=type(error).__name__)
            await asyncio.sleep(_TRY_AGAIN)
        except Exception as error:
            # The next look starts it again from the step that it had come to.
            log.exception("proof_failed", operation=row.id, error=type(error).__name__)
            await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._tasks.pop(row.id, None)
