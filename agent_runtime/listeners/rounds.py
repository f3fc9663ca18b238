"""Who takes a turn when: what waits for its next turn costs an entry in a heap, and no task."""

from __future__ import annotations

import asyncio
import heapq
import time
from functools import partial

from agent_runtime.listeners.listener import Listener

_Key = tuple[str, str]  # bot and platform
# Whoever is new comes before all that wait for another turn, and has a quarter of the places to themselves:
# while a platform hangs, the turns of the others take as long as a call may.
_AHEAD = -86_400.0
_FOR_ALL = 3 / 4


class Rounds:
    """Each listener takes its turn when it is due, at most `at_once` of them together, who came first first.

    A new one goes ahead of those that have had a turn.

    Times are of `time.monotonic`, which tells apart even those that come in one turn of the event loop.
    """

    def __init__(self, at_once: float) -> None:
        self._at_once = at_once
        self._waiting: list[Listener] = []
        self._taking: dict[_Key, tuple[Listener, asyncio.Task[float | None]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self, listener: Listener) -> None:
        """Its first turn is now, or once that of another listener in the same place has ended."""
        if (ending := self._taking.get(listener.key)) is not None:
            ending[1].add_done_callback(lambda _: self._put(listener, _AHEAD))
        else:
            self._put(listener, _AHEAD)

    def stop(self, listener: Listener) -> None:
        """It takes no other turn, and what it does now is cancelled."""
        # It stays in the heap until it would be due: finding it there takes longer than passing it over.
        listener.end()
        taking = self._taking.get(listener.key)
        if taking is not None and taking[0] is listener:
            taking[1].cancel()

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at_once = 0
        tasks = [task for _, task in self._taking.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _put(self, listener: Listener, pause: float) -> None:
        listener.due = time.monotonic() + pause
        heapq.heappush(self._waiting, listener)
        self._begin()

    def _begin(self) -> None:
        """Begin the turns that are due, as far as there is room, and come again for the next."""
        now = time.monotonic()
        while self._waiting and self._waiting[0].due <= now and self._has_room(self._waiting[0]):
            listener = heapq.heappop(self._waiting)
            if not listener.ended:
                task = asyncio.create_task(listener.turn())
                self._taking[listener.key] = (listener, task)
                task.add_done_callback(partial(self._done, listener))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # One that is due and finds no room is begun when another has ended.
        if self._waiting and self._at_once and (pause := self._waiting[0].due - now) > 0:
            self._timer = asyncio.get_running_loop().call_later(pause, self._begin)

    def _has_room(self, listener: Listener) -> bool:
        return len(self._taking) < self._at_once * (1 if listener.new else _FOR_ALL)

    def _done(self, listener: Listener, task: asyncio.Task[float | None]) -> None:
        del self._taking[listener.key]
        if not task.cancelled() and (pause := task.result()) is not None and not listener.ended:
            self._put(listener, pause)
        else:
            self._begin()
