"""Looks into bots whose pods are ready, for what only they know: how their channels are.

A pod is asked as soon as it is ready, every second while it connects, and then every half minute; with many
bots more rarely, so that it is never more than twenty looks a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent_runtime.hive_client import HiveAwayError, HiveError, Json

_WIDTH = 20
_SOON, _LATER, _MOST_A_SECOND = 1.0, 30.0, 20
_TICK = 0.25
_PATIENCE = 3

Ask = Callable[[str, str], Awaitable[Json]]


@dataclass(slots=True)
class _Target:
    address: str
    due: float = 0.0
    told: Json | None = None
    failures: int = 0


class Looks:
    """What the pods said of themselves; `ask` takes a bot and the address of its pod."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._targets: dict[str, _Target] = {}
        self._awake = asyncio.Event()

    def of(self, bot: str) -> Json | None:
        """What its pod last said; None if it has not been asked yet."""
        target = self._targets.get(bot)
        return target.told if target is not None else None

    def want(self, bot: str, address: str) -> None:
        """The bot is ready at this address; another address than before is another pod."""
        target = self._targets.get(bot)
        if target is None or target.address != address:
            self._targets[bot] = _Target(address)
            self._awake.set()

    def forget(self, bot: str) -> None:
        """The bot is not ready."""
        self._targets.pop(bot, None)

    async def run(self, learned: Callable[[str], None]) -> None:
        """Looks until cancelled, and says of which bot there is something new."""
        looking: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._awake.clear()
                now = loop.time()
                due = [bot for bot, target in self._targets.items() if target.due <= now]
                for bot in due[: _WIDTH - len(looking)]:
                    self._targets[bot].due = float("inf")
                    task = asyncio.create_task(self._look(bot, self._targets[bot], learned))
                    looking.add(task)
                    task.add_done_callback(looking.discard)
                try:
                    await asyncio.wait_for(self._awake.wait(), _TICK)
                except TimeoutError:
                    continue
        finally:
            for task in looking:
                task.cancel()
            await asyncio.gather(*looking, return_exceptions=True)
            for target in self._targets.values():
                target.due = 0.0

    async def _look(self, bot: str, target: _Target, learned: Callable[[str], None]) -> None:
        before = target.told
        try:
            target.told = await self._ask(bot, target.address)
            target.failures = 0
        except (HiveAwayError, HiveError) as error:
            target.failures += 1
            if target.failures >= _PATIENCE:
                target.told = _silent(error)
        target.due = asyncio.get_running_loop().time() + self._pause(target)
        if target.told != before and self._targets.get(bot) is target:
            learned(bot)

    def _pause(self, target: _Target) -> float:
        if target.failures or (target.told or {}).get("phase") == "deploying":
            return _SOON
        return max(_LATER, len(self._targets) / _MOST_A_SECOND)


def _silent(error: Exception) -> dict[str, Any]:
    return {
        "phase": "degraded",
        "reason": f"its pod is ready and does not answer the control API: {error}",
        "next_step": "Ask an operator whether the control API may reach bots' pods on the cluster's network.",
        "channels": {},
    }
