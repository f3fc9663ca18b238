"""Answers that are shown while they are written, by a task each beside the turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from agent_runtime.channels.channel import OnText


class Shown(Protocol):
    """One answer on its way; `run` shows what it was told, until `answered` is set."""

    answered: asyncio.Event

    def show(self, text: str) -> None:
        """More of the answer."""

    async def run(self) -> None:
        """Raises nothing: what can't be shown comes with the answer."""


class Showing:
    """One bot's in one channel."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def of(self, answer: Shown, *, in_place: bool = True) -> AsyncIterator[OnText]:
        """Shown for as long as it is entered. `in_place`: in the message that becomes the answer's own."""
        task = asyncio.create_task(answer.run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield answer.show
        finally:
            # A call that is under way is not cut off: that would cost its connection.
            answer.answered.set()
            if in_place:
                # An edit must not come after the answer.
                await asyncio.wait({task})

    async def aclose(self) -> None:
        """Show nothing more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
