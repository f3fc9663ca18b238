"""Which bots there are, as the dispatcher tells it; kept while it restarts."""

from __future__ import annotations

import asyncio

from agent_runtime.wire import Json, Link, ProblemError


class KnownBots:
    """Follows the dispatcher's list in the background."""

    def __init__(self, dispatcher: Link) -> None:
        self._dispatcher = dispatcher
        self._bots: set[str] = set()
        self._fresh: set[str] | None = None
        self.complete = asyncio.Event()

    def __contains__(self, bot: str) -> bool:
        return bot in self._bots

    async def follow(self) -> None:
        while True:
            self._fresh = set()
            try:
                await self._dispatcher.ask("listen", {}, self._told)
            except ProblemError:
                await asyncio.sleep(0.1)

    def _told(self, data: Json) -> None:
        bots = self._bots if self._fresh is None else self._fresh
        if data.get("ready"):
            self._bots, self._fresh = bots, None
            self.complete.set()
        elif data["there"]:
            bots.add(data["bot"])
        else:
            bots.discard(data["bot"])
