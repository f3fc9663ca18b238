"""Why a pod does not start whose status says nothing: the last warning among its events.

A volume that can't be mounted, a network that can't be made: the kubelet tries for ever, and says so in
events alone. Events are not watched, since there are more of them than of all else; those of a pod that has
waited for some seconds are asked for, a few pods at a time.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from lightkube import AsyncClient

from control_api.engines.kubernetes.api import Event, away
from control_api.engines.kubernetes.facts import Trouble
from control_api.engines.protocol import EngineAwayError

log = structlog.get_logger()

# Seconds: a pod that starts well needs no more; then it is asked again as often.
_PATIENCE = 5.0
_TICK = 0.5
_AT_A_TIME = 5
_LONGEST = 1000


@dataclass(slots=True)
class _Waiting:
    pod: str
    due: float
    said: Trouble | None = None


class Stuck:
    """What holds up the pods that wait to start."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client
        self._waiting: dict[str, _Waiting] = {}

    def of(self, bot: str) -> Trouble | None:
        """The last warning of the bot's pod; None if there is none, or it has not waited for long."""
        waiting = self._waiting.get(bot)
        return waiting.said if waiting is not None else None

    def want(self, bot: str, pod: str) -> None:
        """The bot's newest pod has been given a node and has not started."""
        waiting = self._waiting.get(bot)
        if waiting is None or waiting.pod != pod:
            self._waiting[bot] = _Waiting(pod, asyncio.get_running_loop().time() + _PATIENCE)

    def forget(self, bot: str) -> None:
        """The bot's pod has started, or is gone."""
        self._waiting.pop(bot, None)

    async def run(self, learned: Callable[[str], None]) -> None:
        """Asks until cancelled, and says of which bot there is something new."""
        while True:
            await asyncio.sleep(_TICK)
            now = asyncio.get_running_loop().time()
            due = [(waiting.due, bot) for bot, waiting in self._waiting.items() if waiting.due <= now]
            # Those that wait the longest come first, or many would never have their turn.
            first = heapq.nsmallest(_AT_A_TIME, due)
            await asyncio.gather(*(self._ask(bot, self._waiting[bot], learned) for _, bot in first))

    async def _ask(self, bot: str, waiting: _Waiting, learned: Callable[[str], None]) -> None:
        waiting.due = asyncio.get_running_loop().time() + _PATIENCE
        try:
            said = await self._last_warning(f"user-{bot.partition('.')[0]}", waiting.pod)
        except EngineAwayError as error:
            log.warning("events_not_read", bot=bot, reason=str(error))
            return
        if said != waiting.said and self._waiting.get(bot) is waiting:
            waiting.said = said
            learned(bot)

    async def _last_warning(self, namespace: str, pod: str) -> Trouble | None:
        fields: dict[str, Any] = {"involvedObject.name": pod, "type": "Warning"}
        with away():
            found = [each async for each in self._client.list(Event, namespace=namespace, fields=fields)]
        newest = max(found, key=_at, default=None)
        if newest is None:
            return None
        return Trouble(str(newest.get("reason")), str(newest.get("message") or "")[:_LONGEST])


def _at(event: Mapping[str, Any]) -> str:
    # Times are written alike, so that they are in order as text.
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
