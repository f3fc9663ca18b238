"""The turns that a worker has in hand, and their end before their time. A conversation has one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from agent_runtime.turn import Outcome


class StoppedError(Exception):
    """Somebody stopped the turn."""


class Running:
    """Which conversations are answered, and which of them are to be no longer."""

    def __init__(self) -> None:
        # The turn, None before it is taken.
        self._tasks: dict[str, asyncio.Task[Outcome] | None] = {}
        # Those that are to end, and whether by a message; then the conversations whose message comes next.
        self._stopped: dict[str, bool] = {}
        self._interrupted: set[str] = set()

    @contextmanager
    def answering(self, conversation: str) -> Iterator[None]:
        """For as long as a message of the conversation is in hand."""
        self._tasks[conversation] = None
        try:
            yield
        finally:
            self._tasks.pop(conversation, None)
            self._stopped.pop(conversation, None)

    async def run(self, conversation: str, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """The turn of the message in hand. StoppedError where it was stopped, perhaps before it began."""
        task = self._tasks[conversation] = asyncio.create_task(work)
        if conversation in self._stopped:
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if conversation not in self._stopped:
                raise
            if self._stopped[conversation]:
                self._interrupted.add(conversation)
        raise StoppedError

    def stop(self, conversation: str, *, by_message: bool) -> bool:
        """Whether there was a turn that runs, or is about to."""
        task = self._tasks.get(conversation)
        if conversation not in self._tasks or (task is not None and task.done()):
            return False
        self._stopped[conversation] = by_message
        if task is not None:
            task.cancel()
        return True

    def was_interrupted(self, conversation: str) -> bool:
        """Whether the message in hand has stopped the turn before it; that is told once."""
        interrupted = conversation in self._interrupted
        self._interrupted.discard(conversation)
        return interrupted

    async def aclose(self) -> None:
        for task in filter(None, list(self._tasks.values())):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
