"""Wakes what waits for news. Waiting is bounded, so news that nobody rang for arrive too."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection

# Rung, it wakes all that wait for any topic.
EVERYBODY = "everybody"


class Bells:
    """One bell a topic. A ticket is taken before looking, so that no ring between look and wait is missed."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self.closing = asyncio.Event()
        # Who carries rings to other processes, if anybody does.
        self.rung: Callable[[Collection[str]], None] | None = None

    def close(self) -> None:
        """Sends everybody home: what waits for news answers with what it has, so that a stop is quick."""
        self.closing.set()
        self.ring_all()

    def ticket(self, topic: str) -> asyncio.Future[None]:
        """A future that the next ring on the topic resolves; give it back by `wait`."""
        future = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(future)
        return future

    async def wait(self, topic: str, ticket: asyncio.Future[None], seconds: float) -> None:
        """Waits for a ring or for the time to pass."""
        try:
            if not self.closing.is_set():
                await asyncio.wait({ticket}, timeout=seconds)
        finally:
            self.drop(topic, ticket)

    def drop(self, topic: str, ticket: asyncio.Future[None]) -> None:
        """Gives a ticket back that is no longer needed."""
        waiting = self._waiting.get(topic)
        if waiting is not None:
            waiting.discard(ticket)
            if not waiting:
                del self._waiting[topic]

    def ring(self, *topics: str) -> None:
        """Wakes all that wait for any of the topics, here and in other processes."""
        self.ring_here(*topics)
        if self.rung is not None:
            self.rung(topics)

    def ring_here(self, *topics: str) -> None:
        """Wakes all in this process that wait for any of the topics."""
        for topic in list(self._waiting) if EVERYBODY in topics else topics:
            for future in self._waiting.pop(topic, ()):
                if not future.done():
                    future.set_result(None)

    def ring_all(self) -> None:
        """Wakes everybody in this process."""
        self.ring_here(EVERYBODY)
