"""What all runners share: the store, the other parts, the limits."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import structlog

from agent_runtime.dispatcher.backoff import Backoff
from agent_runtime.dispatcher.launcher import Launches
from agent_runtime.dispatcher.room import Room
from agent_runtime.dispatcher.wakes import Wakes
from agent_runtime.dispatcher.worker import Worker
from agent_runtime.failpoints import failpoint
from agent_runtime.logbook import Logbook
from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.errors import PASSING
from agent_runtime.store.inbox import Inbox, Report
from agent_runtime.wire import Line

log = structlog.get_logger()

Value = TypeVar("Value")
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds between tries while the database is away


@dataclass(frozen=True, slots=True)
class Limits:
    """Times in seconds."""

    attempts: int = 5
    waiting_per_bot: int = 1000
    ready_within: float = 30.0
    drain_within: float = 60.0
    longest_idle: float = 86400.0
    starting_at_once: int = 8
    backoff: Backoff = field(default_factory=Backoff)


class Services:
    """`changed` is called with a bot's id whenever its status may have changed."""

    def __init__(
        self,
        settings: RuntimeSettings,
        inbox: Inbox,
        keeper: Line,
        launcher: Launches,
        logbook: Logbook,
        limits: Limits,
        changed: Callable[[str], None],
    ) -> None:
        self.settings, self.inbox, self.keeper = settings, inbox, keeper
        self.launcher, self.logbook, self.limits, self.changed = launcher, logbook, limits, changed
        self.starting = asyncio.Semaphore(limits.starting_at_once)
        self.closing = False
        # To ask for the running one is a call of the kernel in Python 3.11, and messages are many.
        self.loop = asyncio.get_running_loop()
        self.room = Room(settings.awake_workers)
        self.wakes = Wakes()
        self._alive: dict[int, Worker] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Value]) -> asyncio.Task[Value]:
        """Run it beside; a failure is logged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)
        return task

    def keep(self, write: Callable[[], Coroutine[Any, Any, Value]]) -> asyncio.Task[Value]:
        """Do beside what must not be forgotten because the database is away: again until it is back."""
        return self.spawn(self._kept(write))

    async def _kept(self, write: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
        wait = _FIRST_WAIT
        while True:
            try:
                return await write()
            except PASSING:
                if self.closing:
                    raise
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def finish(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run it to its end, even if whoever asked goes away in the middle: never store half a change."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return await asyncio.shield(task)

    async def settled(self) -> None:
        """Wait until all that runs beside has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def is_alive(self, worker: Worker, pid: int) -> None:
        worker.pid = pid
        self._alive[pid] = worker

    def has_ended(self, pid: int, status: int) -> None:
        """The launcher says how a worker ended; its socket may have closed before or may close after."""
        worker = self._alive.pop(pid, None)
        if worker is not None and not worker.exit.done():
            worker.exit.set_result(status)

    def report(self, bot: str, kind: str, data: dict[str, Any], identity: str | None = None) -> None:
        self.spawn(self.record(bot, kind, data, identity))

    async def record(self, bot: str, kind: str, data: dict[str, Any], identity: str | None = None) -> None:
        """The same, and returns once it is stored."""
        failpoint("reports.heard")
        report = Report(identity or uuid.uuid4().hex, kind, bot, time.time(), data)
        await self._kept(partial(self.inbox.report, report))

    def note(self, bot: str, level: str, event: str, **more: Any) -> None:
        """A line in the bot's own log, for its owner."""
        self.logbook.write(bot, {"level": level, "event": event, **more})

    def _finished(self, task: asyncio.Task[Any]) -> None:
        """Its failure is for whoever asked; with nobody there any more it is only taken note of."""
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    def _spawned(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work_failed", exc_info=error)
