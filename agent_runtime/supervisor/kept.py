"""Keeping one part alive: start, back off after a crash, replace when planned, stop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from agent_runtime.supervisor.part import Part, PartError, Standing, State
from agent_runtime.supervisor.process import Process
from agent_runtime.supervisor.spare import Spare

log = structlog.get_logger()

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_STEADY = 3.0  # seconds of serving after which a crash counts as the first again


class KeptPart:
    """One part, its present process and its standing.

    `start` makes a process of a part, told whether it replaces a live one and whether it waits for its turn;
    `changed` hears of every change of the standing.
    """

    def __init__(
        self, part: Part, start: Callable[[Part, bool, bool], Awaitable[Process]], changed: Callable[[], None]
    ) -> None:
        self.part = part
        self.standing = Standing(State.STOPPED)
        self.is_ready = asyncio.Event()
        self._start = start
        self._changed = changed
        self._process: Process | None = None
        self._spare = Spare(partial(start, part, False, True)) if part.spare else None
        self._task: asyncio.Task[None] | None = None
        self._halt = asyncio.Event()
        self._planned = False
        self._failures = 0
        self._waits = 0

    def begin(self, after: Sequence[KeptPart]) -> None:
        """Run the part, once those in `after` are ready, until `stop`."""
        self._task = asyncio.create_task(self._keep(after))

    async def stop(self) -> None:
        """End the part; after its time limit by force."""
        self._halt.set()
        if self._spare is not None:
            await self._spare.drop()
        if self._process is not None:
            await self._process.stop()
        if self._task is not None:
            await self._task
        self._stand(State.STOPPED)

    async def replace(self) -> None:
        """A planned restart. Raises PartError when the new one does not become ready.

        Where it overlaps or hands over, the old one serves meanwhile, and goes on if the new one fails.
        """
        log.info("part_restarts", part=self.part.name, planned=True)
        if self._spare is not None:
            await self._spare.drop()  # it may run what is to be replaced
        old = self._process
        if old is not None and old.alive and self.is_ready.is_set():
            if self.part.overlap:
                return await self._overlap(old)
            if self.part.hand_over:
                return await self._hand_over(old)
        self._planned = True
        self.is_ready.clear()
        if old is not None:
            await old.stop()
        try:
            await asyncio.wait_for(self.is_ready.wait(), self.part.ready_within)
        except TimeoutError:
            raise PartError(f"{self.part.name} {self.standing.reason or 'is not ready'}") from None

    async def _overlap(self, old: Process) -> None:
        new = await self._start(self.part, True, False)
        await self._refuse_unless(new, await new.becomes_ready())
        self._process = new
        self._stand(State.READY)
        await old.drain()
        await old.stop()

    async def _hand_over(self, old: Process) -> None:
        new = await self._start(self.part, True, True)
        await self._refuse_unless(new, await new.waits_for_its_turn())
        self._process = new
        self._stand(State.STARTING)
        await old.stop()
        new.take_turn()
        if reason := await new.becomes_ready():
            await new.stop()  # from here on it is a crash like any other, and the part is started again
            raise PartError(f"{self.part.name} {reason}")
        self._stand(State.READY)

    async def _refuse_unless(self, new: Process, reason: str | None) -> None:
        if reason is not None:
            await new.stop()
            raise PartError(f"{self.part.name} {reason}; the one before it goes on serving")

    async def _keep(self, after: Sequence[KeptPart]) -> None:
        for other in after:
            await self._until(other.is_ready)
        while not self._halt.is_set():
            reason = await self._run_once()
            if self._halt.is_set():
                return
            if self._planned:
                self._planned = False
                continue
            wait = min(_FIRST_WAIT * 2**self._waits, _LONGEST_WAIT)
            self._failures, self._waits = self._failures + 1, self._waits + 1
            log.warning("part_failed", part=self.part.name, reason=reason, again_in_s=wait)
            self._stand(State.WAITING, reason)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._halt.wait(), wait)

    async def _run_once(self) -> str:
        try:
            process = self._process = await self._fresh()
        except OSError as error:
            return f"can't be started: {error}"
        if self._halt.is_set():
            return await process.stop()
        self._stand(State.STARTING, self.standing.reason)
        if reason := await process.becomes_ready():
            await process.stop()
            return reason
        since = time.monotonic()
        self._stand(State.READY)
        reason = await process.ended()
        while self._process is not process:  # replaced as planned: the new one is watched from now on
            process = self._process
            reason = await process.ended()
        if time.monotonic() - since >= _STEADY:
            self._waits = 0
        return reason

    async def _fresh(self) -> Process:
        """One that takes the place of none: the spare, where there is one."""
        spare = self._spare.take() if self._spare is not None else None
        return spare if spare is not None else await self._start(self.part, False, False)

    async def _until(self, event: asyncio.Event) -> None:
        """Wait for the event, or until the part is to stop."""
        waits = [asyncio.create_task(each.wait()) for each in (event, self._halt)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _stand(self, state: State, reason: str | None = None) -> None:
        pid = self._process.pid if self._process is not None and self._process.alive else None
        self.standing = Standing(state, pid, self._failures, reason)
        if state is State.READY:
            self.is_ready.set()
            log.info("part_ready", part=self.part.name, pid=pid)
            if self._spare is not None:
                self._spare.make_soon()
        else:
            self.is_ready.clear()
        self._changed()
