"""When a bot may start a session: a thousand in a day, and one of a kind in five seconds.

Who starts more loses the token: https://docs.discord.com/developers/events/gateway#identifying.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

_SPACING_SECONDS = 5.0
# For whoever has to start the bot by hand: these are not taken by going on trying.
_RESERVE = 10


class Starts:
    """One bot's, over all its shards."""

    def __init__(self) -> None:
        self._locks: dict[int, asyncio.Lock] = {}
        self._started: dict[int, float] = {}

    async def turn(self, shard: int, concurrency: int) -> None:
        """Returns when it may start: https://docs.discord.com/developers/events/gateway#max-concurrency."""
        key = shard % max(1, concurrency)
        async with self._locks.setdefault(key, asyncio.Lock()):
            since = time.monotonic() - self._started.get(key, -_SPACING_SECONDS)
            if since < _SPACING_SECONDS:
                await asyncio.sleep(_SPACING_SECONDS - since)
            self._started[key] = time.monotonic()


def pause(limit: Mapping[str, Any]) -> float:
    """Seconds until the next session, so that those that are left last until there are new ones.

    `limit` is as https://docs.discord.com/developers/events/gateway#session-start-limit-object. While more
    than half are left nobody waits; a bot that starts over and over is slowed down more and more.
    """
    total, left = int(limit.get("total", 1000)), int(limit.get("remaining", 1))
    until = float(limit.get("reset_after", 0)) / 1000
    if left * 2 > total:
        return 0.0
    spare = left - min(_RESERVE, total // 10)
    return until / spare if spare > 0 else until
