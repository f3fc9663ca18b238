"""One bot's waiting mail: in the order of arrival, one message of a conversation at a time.

After a worker's death one message at a time is on trial until one succeeds: only so is it known which of them
a worker dies of. A message that was blamed once stays a suspect and is always tried alone.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

from agent_runtime.mail import Mail


class Mailbag:
    """Pure state; times are whatever clock the caller uses."""

    __slots__ = (
        "_arrivals",
        "_conversations",
        "_in_hand",
        "_not_before",
        "_orders",
        "_postponed",
        "_trial",
        "cautious",
    )

    def __init__(self) -> None:
        self.cautious = False
        self._arrivals = itertools.count()
        self._conversations: dict[str, deque[Mail]] = {}
        self._in_hand: dict[str, Mail] = {}
        self._not_before: dict[str, float] = {}
        self._orders: dict[str, int] = {}
        self._postponed: dict[str, int] = {}
        self._trial: str | None = None

    def __len__(self) -> int:
        return len(self._orders)

    def __contains__(self, key: str) -> bool:
        return key in self._orders

    @property
    def in_hand(self) -> tuple[Mail, ...]:
        return tuple(self._in_hand.values())

    def add(self, mail: Mail) -> None:
        self._orders[mail.key] = next(self._arrivals)
        self._conversations.setdefault(mail.conversation, deque()).append(mail)

    def take(self, now: float, most: int) -> Mail | None:
        """The next message to hand out while at most `most` are in hand; None if none may be now."""
        if self._trial is not None or len(self._in_hand) >= most:
            return None
        heads = [mail for mail in self._heads() if self._not_before.get(mail.key, now) <= now]
        suspects = [mail for mail in heads if mail.attempt > 0]
        alone = self.cautious or bool(suspects)
        if not heads or (alone and self._in_hand):
            return None
        # A suspect gets its turn whenever others succeed; among those on trial the least tried goes first.
        chosen = min(heads if self.cautious else suspects or heads, key=self._turn)
        if alone:
            self._trial = chosen.key
        self._in_hand[chosen.key] = chosen
        return chosen

    def done(self, key: str) -> bool:
        """The message was answered; whether it was in hand."""
        if key not in self._in_hand:
            return False
        self.cautious = False
        self.drop(key)
        return True

    def drop(self, key: str) -> None:
        """The message waits no more."""
        mail = next(mail for mail in self._of(key) if mail.key == key)
        conversation = self._conversations[mail.conversation]
        conversation.remove(mail)
        if not conversation:
            del self._conversations[mail.conversation]
        del self._orders[key]
        self._postponed.pop(key, None)
        self._put_back(key)

    def blame(self, key: str, not_before: float = 0.0) -> int:
        """One more attempt at the message failed; it waits again. How many that makes."""
        mail = self._in_hand[key]
        conversation = self._conversations[mail.conversation]
        conversation[0] = replace(mail, attempt=mail.attempt + 1)
        self._put_back(key)
        self._not_before[key] = not_before
        return conversation[0].attempt

    def postponed(self, key: str) -> int:
        """How often the message was, since anything changed."""
        return self._postponed.get(key, 0)

    def postpone(self, key: str, not_before: float) -> None:
        """The message waits for something else. That is no attempt, and no worker died of it."""
        self._postponed[key] = self.postponed(key) + 1
        self.cautious = False
        self._put_back(key)
        self._not_before[key] = not_before

    def hurry(self) -> None:
        """What was postponed may be tried at once."""
        for key in self._postponed:
            self._not_before.pop(key, None)
        self._postponed.clear()

    def due(self, now: float) -> bool:
        """Whether a message that is not in hand may be handed out as far as time goes."""
        return any(self._not_before.get(mail.key, now) <= now for mail in self._heads())

    def worker_gone(self, *, died: bool) -> Mail | None:
        """What was in hand waits again; after a death, the one message that was on trial is returned."""
        suspect = self._in_hand.get(self._trial) if died and self._trial else None
        if died and self._in_hand:
            self.cautious = True
        for key in list(self._in_hand):
            if suspect is None or key != suspect.key:
                self._put_back(key)
        return suspect

    def next_time(self) -> float | None:
        """When a message that has to wait may be tried again, if that is a matter of time."""
        if not self._not_before:
            return None
        return min((when for when in self._not_before.values() if when < math.inf), default=None)

    def _put_back(self, key: str) -> None:
        self._in_hand.pop(key, None)
        self._not_before.pop(key, None)
        if self._trial == key:
            self._trial = None

    def _heads(self) -> Iterator[Mail]:
        for conversation in self._conversations.values():
            if conversation[0].key not in self._in_hand:
                yield conversation[0]

    def _of(self, key: str) -> Iterator[Mail]:
        if (mail := self._in_hand.get(key)) is not None:
            return iter(self._conversations[mail.conversation])
        return itertools.chain.from_iterable(self._conversations.values())

    def _turn(self, mail: Mail) -> tuple[int, int]:
        return (mail.attempt, self._orders[mail.key])
