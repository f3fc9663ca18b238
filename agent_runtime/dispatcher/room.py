"""How many workers there may be at a time, and who has to wait or rest when there are that many."""

from __future__ import annotations

import asyncio
from typing import Protocol

from agent_runtime.dispatcher.worker import Worker, WorkerState


class Sleeper(Protocol):
    """A bot that wants a worker, or has one."""

    @property
    def busy(self) -> bool: ...

    @property
    def worker(self) -> Worker | None: ...

    def pump(self) -> None: ...


class Room:
    """First come, first served; a worker with nothing in hand is asked to leave when others wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._awake: dict[Sleeper, None] = {}
        self._waiting: dict[Sleeper, None] = {}

    def enter(self, sleeper: Sleeper) -> bool:
        """Whether it may have a worker now; if not, it is pumped when it may."""
        ahead = next(iter(self._waiting), sleeper)
        if len(self._awake) < self._most and ahead is sleeper:
            self._waiting.pop(sleeper, None)
            self._awake[sleeper] = None
            return True
        self._waiting[sleeper] = None
        self._ask_one_to_rest()
        return False

    def leave(self, sleeper: Sleeper) -> None:
        """It has no worker any more, or wants none."""
        if sleeper not in self._awake and sleeper not in self._waiting:
            return
        self._awake.pop(sleeper, None)
        self._waiting.pop(sleeper, None)
        loop = asyncio.get_running_loop()
        for waiting in tuple(self._waiting)[: max(0, self._most - len(self._awake))]:
            loop.call_soon(waiting.pump)

    def rested(self, sleeper: Sleeper) -> None:
        """It has nothing in hand just now."""
        if self._waiting and (worker := _idle(sleeper)) is not None:
            worker.rest()

    def _ask_one_to_rest(self) -> None:
        idle = [worker for each in self._awake if (worker := _idle(each)) is not None]
        if idle:
            min(idle, key=lambda worker: worker.last_work).rest()


def _idle(sleeper: Sleeper) -> Worker | None:
    """Its worker, if that has nothing to do and was not asked to rest yet."""
    worker = sleeper.worker
    if worker is None or worker.state is not WorkerState.READY or worker.asked_to_rest or sleeper.busy:
        return None
    return worker
