"""A session of the gateway: what it was sent, and how it is taken up again.

https://docs.discord.com/developers/events/gateway#connections.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# https://docs.discord.com/developers/events/gateway#list-of-intents
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = {1 << 1: "GUILD_MEMBERS", 1 << 8: "GUILD_PRESENCES", MESSAGE_CONTENT: "MESSAGE_CONTENT"}
ALL_INTENTS = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))


@dataclass
class Starts:
    """https://docs.discord.com/developers/events/gateway#session-start-limit-object.

    `keys` remembers by rate limit key when a session was started there last.
    """

    total: int = 1000
    remaining: int = 1000
    max_concurrency: int = 1
    shards: int = 1
    # Real Discord waits 5 seconds; a test has not that long.
    window: float = 5.0
    keys: dict[int, deque[float]] = field(default_factory=dict)

    def take(self, shard: int) -> bool:
        """Whether this shard may start a session now: one of a key in the window."""
        now = time.monotonic()
        recent = self.keys.setdefault(shard % self.max_concurrency, deque())
        while recent and recent[0] <= now - self.window:
            recent.popleft()
        if recent:
            return False
        recent.append(now)
        return True


@dataclass
class Session:
    """One session; `events` are those that were sent and are not confirmed, by their sequence number."""

    bot: str
    shard: int
    shards: int
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    confirmed: int = 0
    events: deque[tuple[int, Json]] = field(default_factory=deque)
    gone_at: float | None = None
    resumes: int = 0
    beats: int = 0
    # How a connected client is reached, and its connection is ended.
    send: Callable[[Json], Awaitable[None]] | None = None
    close: Callable[[int, str], Awaitable[None]] | None = None
    # A test's wish: heartbeats are answered no more, and nothing is sent.
    silent: bool = False

    @property
    def connected(self) -> bool:
        return self.send is not None

    def told(self) -> Json:
        """For a test."""
        names = ("id", "shard", "shards", "intents", "seq", "confirmed", "resumes", "beats", "connected")
        return {name: getattr(self, name) for name in names}

    async def dispatch(self, name: str, data: Json) -> None:
        self.seq += 1
        event = {"op": 0, "t": name, "s": self.seq, "d": data}
        self.events.append((self.seq, event))
        if self.send is not None and not self.silent:
            await self.send(event)

    def confirm(self, seq: int) -> None:
        """The client says by a heartbeat that it has what came up to here: none of it is kept for it.

        How long Discord keeps what was confirmed is written nowhere, so that nobody may count on it.
        """
        self.confirmed = max(self.confirmed, min(seq, self.seq))
        while self.events and self.events[0][0] <= self.confirmed:
            self.events.popleft()

    async def end(self, code: int, reason: str = "") -> None:
        """Close its connection, if it has one."""
        if self.close is not None:
            await self.close(code, reason)
