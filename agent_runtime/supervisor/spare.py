"""A second process of a part that has everything imported and waits, so that a crash costs no start."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from agent_runtime.supervisor.process import Process

_AFTER = 2.0  # seconds of serving: the start of other parts comes first
_AGAIN = 60.0  # seconds after one that ended by itself


class Spare:
    """At most one. `start` makes a process that waits for its turn."""

    def __init__(self, start: Callable[[], Awaitable[Process]]) -> None:
        self._start = start
        self._process: Process | None = None
        self._task: asyncio.Task[None] | None = None

    def make_soon(self) -> None:
        """The part serves: have a spare from a moment on, unless there is one."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep())

    def take(self) -> Process | None:
        """The spare, told that it is its turn. It may have to import the rest still."""
        self._cancel()
        process, self._process = self._process, None
        if process is None or not process.alive:
            return None
        process.take_turn()
        return process

    async def drop(self) -> None:
        """End it; the next `make_soon` makes another."""
        self._cancel()
        process, self._process = self._process, None
        if process is not None:
            await process.stop()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _keep(self) -> None:
        wait = _AFTER
        while True:
            await asyncio.sleep(wait)
            with contextlib.suppress(OSError):
                self._process = await self._start()
                await self._process.ended()
            wait = _AGAIN
