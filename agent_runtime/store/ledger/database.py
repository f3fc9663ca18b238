"""A ledger's writer, with patience for a database that is away or full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent_runtime.store.backend import Backend, Connection, Result
from agent_runtime.store.errors import PASSING
from agent_runtime.store.writer import Writer

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds


class Database:
    """Runs functions of a connection, each wholly or not at all; made with a running event loop.

    A turn outlives a database that is away or a disk that is full: what can't be done now is tried until it
    is done, or until whoever wants it gives up. So a function may run again after its commit, when only the
    answer was lost, and must come to the same then.
    """

    def __init__(self, backend: Backend) -> None:
        self._writer = Writer(backend)

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do the work and commit it, or undo it and raise. A cancellation never leaves half of it."""
        wait = _FIRST_WAIT
        while True:
            try:
                return await self._writer.run(work)
            except PASSING:
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def aclose(self) -> None:
        await self._writer.aclose()
