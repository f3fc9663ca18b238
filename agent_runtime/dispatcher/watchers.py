"""Who wants to hear of changes: the status stream, the listeners, the receiver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agent_runtime.dispatcher.registry import Registration
from agent_runtime.wire import Json

Tell = Callable[[Json], None]


class Watchers:
    """Sets of callbacks."""

    def __init__(self) -> None:
        self.of_status: set[Tell] = set()
        self.of_bots: set[Callable[[Registration, bool], None]] = set()

    def registered(self, registration: Registration) -> None:
        for tell in tuple(self.of_bots):
            tell(registration, True)

    def removed(self, registration: Registration) -> None:
        for tell in tuple(self.of_bots):
            tell(registration, False)

    def changed(self, bot: str, status: dict[str, Any] | None) -> None:
        if not self.of_status:
            return
        event = {"event": "status", "data": status} if status else {"event": "removed", "data": {"id": bot}}
        for tell in tuple(self.of_status):
            tell(event)


async def until_withdrawn() -> None:
    """Wait until the asker goes or withdraws its question."""
    await asyncio.Event().wait()
