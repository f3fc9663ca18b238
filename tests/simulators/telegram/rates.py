"""How much a bot may send: https://core.telegram.org/bots/faq#broadcasting-to-users.

"In a single chat, avoid sending more than one message per second. We may allow short bursts that go over this
limit, but eventually you'll begin receiving 429 errors." In a group 20 messages a minute; in all about 30 a
second.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field


@dataclass
class Rates:
    """Messages a second and the burst that is let through. A rate of 0 switches a limit off."""

    chat_per_second: float = 1.0
    chat_burst: float = 3.0
    group_per_minute: float = 20.0
    bot_per_second: float = 30.0


@dataclass
class _Bucket:
    rate: float
    size: float
    level: float
    at: float = field(default_factory=time.monotonic)

    def wait(self, now: float) -> float:
        """Seconds until a message fits; 0 if it fits now."""
        if self.rate <= 0:
            return 0.0
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate

    def take(self) -> None:
        self.level -= 1


class Meter:
    """The limits of one bot."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._bot = _Bucket(rates.bot_per_second, rates.bot_per_second, rates.bot_per_second)
        self._chats: dict[int, _Bucket] = {}
        self._edits: dict[int, _Bucket] = {}

    def _chat(self, chat_id: int) -> _Bucket:
        if chat_id not in self._chats:
            rates = self._rates
            if chat_id < 0:
                bucket = _Bucket(rates.group_per_minute / 60, rates.group_per_minute, rates.group_per_minute)
            else:
                bucket = _Bucket(rates.chat_per_second, rates.chat_burst, rates.chat_burst)
            self._chats[chat_id] = bucket
        return self._chats[chat_id]

    def count(self, chat_id: int) -> int:
        """Count one message to a chat; returns the seconds to wait instead, 0 when it was let through."""
        return self._count(self._chat(chat_id))

    def count_edit(self, chat_id: int) -> int:
        """The same for an edit of a message there."""
        rates = self._rates
        fresh = _Bucket(rates.chat_per_second, rates.chat_burst, rates.chat_burst)
        return self._count(self._edits.setdefault(chat_id, fresh))

    def _count(self, chat: _Bucket) -> int:
        now = time.monotonic()
        buckets = (self._bot, chat)
        wait = max(bucket.wait(now) for bucket in buckets)
        if wait > 0:
            return max(1, math.ceil(wait))
        for bucket in buckets:
            bucket.take()
        return 0
