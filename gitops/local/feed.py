"""Tells whoever listens what the engine has applied and what it refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

_BEHIND = 10_000  # events after which a listener that does not read is let go; it comes again for a snapshot


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is the event's kind, `data` its JSON."""

    name: str
    data: dict[str, Any]


class Feed:
    """Fans events out. A listener first gets a snapshot, then every event; none in between is missed."""

    def __init__(self, snapshot: Callable[[], Iterable[Event]]) -> None:
        self._snapshot = snapshot
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def tell(self, event: Event) -> None:
        for queue in list(self._listeners):
            if queue.qsize() >= _BEHIND:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    async def listen(self) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            for event in self._snapshot():
                yield event
            while (following := await queue.get()) is not None:
                yield following
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """Ends every listener's stream."""
        for queue in self._listeners:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(None)
