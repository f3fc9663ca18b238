"""Wakes what waits for news in this process. Waiting is bounded, so another process' news arrive too."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Bells:
    """One bell a topic. A ticket is taken before looking, so that no ring between look and wait is missed."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self.closing = asyncio.Event()

    def close(self) -> None:
        """Sends everybody home: what waits for news answers with what it has, so that a stop is quick."""
        self.closing.set()
        self.ring(*list(self._waiting))

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
        """Wakes all that wait for any of the topics."""
        for topic in topics:
            for future in self._waiting.pop(topic, ()):
                if not future.done():
                    future.set_result(None)
