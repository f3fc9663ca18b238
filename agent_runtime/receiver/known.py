"""Which bots there are and how platforms prove themselves to them, as the dispatcher tells it.

It is kept while the dispatcher restarts.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

from agent_runtime.wire import Json, Line, ProblemError

# Platforms with what they are known by: what their listener has told, as bytes, or the revision and the name
# of the secret that they sign by. There may be very many bots, and a dictionary each would be larger.
_Proofs = tuple[tuple[str, bytes | tuple[str, str]], ...]


class KnownBots:
    """Follows the dispatcher's list in the background."""

    def __init__(self, dispatcher: Line) -> None:
        self._dispatcher = dispatcher
        self._bots: dict[str, _Proofs] = {}
        self._fresh: dict[str, _Proofs] | None = None
        self.complete = asyncio.Event()

    def __contains__(self, bot: str) -> bool:
        return bot in self._bots

    def check(self, bot: str) -> None:
        """Raises ProblemError 404 for a bot that there is not."""
        if bot not in self._bots:
            raise ProblemError(404, "no such bot", "no bot of this id is registered here")

    def digest(self, bot: str, platform: str) -> str | None:
        """What the platform's proof must come to; None while it sends nothing here."""
        for each, proof in self._bots.get(bot, ()):
            if each == platform and isinstance(proof, bytes):
                return proof.hex()
        return None

    def signing(self, bot: str, platform: str) -> tuple[str, str] | None:
        """The revision and the name of the secret that the platform signs by; None where there is none."""
        for each, proof in self._bots.get(bot, ()):
            if each == platform and isinstance(proof, tuple):
                return proof
        return None

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
            bots[data["bot"]] = tuple(_proofs(data))
        else:
            bots.pop(data["bot"], None)


def _proofs(data: Json) -> Iterator[tuple[str, bytes | tuple[str, str]]]:
    for platform, told in data["proofs"].items():
        yield sys.intern(platform), bytes.fromhex(told)
    # A dispatcher of the version before knows of none.
    for platform, secret in data.get("signing", {}).items():
        yield sys.intern(platform), (data["revision"], sys.intern(secret))
