"""How fast strangers may talk: so many messages a minute for an address, so many answers at a time for a bot.

Counted in the memory of this process: what is counted is over in a minute, and nobody's address is stored.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from control_api.kit.problems import BotyardError

A_MINUTE = 12  # messages of one address to one bot
AT_A_TIME = 3  # answers that one address has under way
OF_A_BOT = 30  # answers that a bot has under way for all visitors
_WINDOW = 60.0
_MOST_REMEMBERED = 20_000
_SALT = secrets.token_bytes(16)


class TooFastError(BotyardError):
    """Somebody, or everybody together, asks more than the public chat answers."""

    status = 429
    title = "One moment, please"

    def __init__(self, seconds: int, detail: str) -> None:
        super().__init__(f"{detail} Try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def visitor_of(bot: str, address: str) -> str:
    """A name for whoever comes from an address, which cannot be led back to it; others' after a restart."""
    return hashlib.blake2b(f"{bot} {_network(address)}".encode(), key=_SALT, digest_size=8).hexdigest()


def _network(address: str) -> str:
    """The address, or for IPv6 the network that one customer has at least."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class Turnstile:
    """Lets messages in, one by one."""

    def __init__(self) -> None:
        # Who was let in, when, in the order of their last messages.
        self._recent: OrderedDict[str, deque[float]] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def entered(self, bot: str, visitor: str) -> Iterator[None]:
        """For as long as the answer takes; TooFastError where it is too soon or too full."""
        whose = (f"visitor {visitor}", f"bot {bot}")
        if self._under_way[whose[0]] >= AT_A_TIME:
            raise TooFastError(5, "Your last messages are being answered still.")
        if self._under_way[whose[1]] >= OF_A_BOT:
            raise TooFastError(5, "Others are being answered just now.")
        # A message counts once nothing else refuses it.
        self._count(visitor)
        self._under_way.update(whose)
        try:
            yield
        finally:
            self._under_way.subtract(whose)
            for name in whose:
                if not self._under_way[name]:
                    del self._under_way[name]

    def _count(self, visitor: str) -> None:
        now = time.monotonic()
        times = self._recent.setdefault(visitor, deque(maxlen=A_MINUTE))
        if len(times) == A_MINUTE and times[0] > now - _WINDOW:
            raise TooFastError(max(1, round(times[0] + _WINDOW - now)), "That was a lot in one minute.")
        times.append(now)
        self._recent.move_to_end(visitor)
        self._forget(now - _WINDOW)

    def _forget(self, moment: float) -> None:
        """Who has said nothing since the moment, and beyond so many whoever has said nothing for longest."""
        while len(self._recent) > _MOST_REMEMBERED or next(iter(self._recent.values()))[-1] <= moment:
            self._recent.popitem(last=False)
