"""How often one person is told what no model says: refusals, help, that something cannot be read.

Who writes faster than that is not answered each time: it would use up what the platform lets a bot send to
everybody, and what a model says is limited by the budget alone.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

MOST, WITHIN = 10, 60.0  # notices to one person, within so many seconds
_PEOPLE = 1000  # remembered at most


class Notices:
    """Of one bot, for as long as its worker lives."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, deque[float]] = {}

    def may_tell(self, sender: str) -> bool:
        """Whether this person is told one more; it counts as told."""
        now = self._clock()
        told = self._told.pop(sender, None) or deque(maxlen=MOST)
        # Behind all others: those who were told least lately are forgotten first.
        self._told[sender] = told
        if len(self._told) > _PEOPLE:
            del self._told[next(iter(self._told))]
        if len(told) == MOST and now - told[0] < WITHIN:
            return False
        told.append(now)
        return True
