"""Which bots there are and how platforms prove themselves to them, as the dispatcher tells it.

It is kept while the dispatcher restarts.
"""

from __future__ import annotations

import asyncio
import sys

from agent_runtime.wire import Json, Link, ProblemError

# Platforms with their digests, as bytes: there may be very many bots, and a dictionary each would be larger.
_Proofs = tuple[tuple[str, bytes], ...]


class KnownBots:
    """Follows the dispatcher's list in the background."""

    def __init__(self, dispatcher: Link) -> None:
        self._dispatcher = dispatcher
        self._bots: dict[str, _Proofs] = {}
        self._fresh: dict[str, _Proofs] | None = None
        self.complete = asyncio.Event()

    def __contains__(self, bot: str) -> bool:
        return bot in self._bots

    def digest(self, bot: str, platform: str) -> str | None:
        """What the platform's proof must come to; None while it sends nothing here."""
        proofs = self._bots.get(bot, ())
        return next((digest.hex() for each, digest in proofs if each == platform), None)

    async def follow(self) -> None:
        while True:
            self._fresh = {}
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
            proofs = data["proofs"].items()
            bots[data["bot"]] = tuple((sys.intern(name), bytes.fromhex(digest)) for name, digest in proofs)
        else:
            bots.pop(data["bot"], None)
