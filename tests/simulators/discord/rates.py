"""How much a bot may ask: https://docs.discord.com/developers/topics/rate-limits.

Per route and top-level resource, 50 requests a second in all, and 10,000 invalid requests (401, 403, 429) in
ten minutes for an address, after which nothing is answered to it for a while.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from tests.simulators.discord.refusals import RefusedError


@dataclass
class Limits:
    """What there is to set. A bucket is `limit` requests in `seconds`; by `<method> <route>`.

    Discord documents no numbers ("rate limits should not be hard coded"); these are what its headers tell.
    """

    global_per_second: int = 50
    invalid: int = 10_000
    invalid_seconds: float = 600.0
    default: tuple[int, float] = (10, 1.0)
    routes: dict[str, tuple[int, float]] = field(
        default_factory=lambda: {
            "POST /channels/{channel}/messages": (5, 5.0),
            "PATCH /channels/{channel}/messages/{message}": (5, 5.0),
            "GET /channels/{channel}/messages": (5, 1.0),
            "POST /channels/{channel}/typing": (5, 5.0),
            "POST /webhooks/{application}/{token}": (5, 2.0),
            "PATCH /webhooks/{application}/{token}/messages/{message}": (5, 2.0),
            "PUT /applications/{application}/commands": (2, 20.0),
        }
    )


@dataclass
class Bucket:
    """A window of requests to one route of one resource."""

    limit: int
    seconds: float
    name: str
    left: int = 0
    ends: float = 0.0

    def take(self) -> float:
        """Count one request; the seconds to wait instead, 0 where it was let through."""
        now = time.monotonic()
        if now >= self.ends:
            self.left, self.ends = self.limit, now + self.seconds
        if self.left <= 0:
            return self.ends - now
        self.left -= 1
        return 0.0

    def headers(self) -> dict[str, str]:
        """https://docs.discord.com/developers/topics/rate-limits#header-format."""
        after = max(0.0, self.ends - time.monotonic())
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": self.name,
        }


@dataclass
class Address:
    """What one address (all that asks this simulator) did wrong."""

    invalid: deque[float] = field(default_factory=deque)
    banned_until: float = 0.0

    def count(self, limits: Limits) -> None:
        now = time.monotonic()
        self.invalid.append(now)
        while self.invalid and self.invalid[0] < now - limits.invalid_seconds:
            self.invalid.popleft()
        if len(self.invalid) >= limits.invalid:
            self.banned_until = now + limits.invalid_seconds

    @property
    def banned(self) -> bool:
        return time.monotonic() < self.banned_until


class Meter:
    """The limits of one bot."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._buckets: dict[str, Bucket] = {}
        self._all = Bucket(limits.global_per_second, 1.0, "global")

    def bucket(self, method: str, route: str, resource: str) -> Bucket:
        key = f"{method} {route}"
        limit, seconds = self.limits.routes.get(key, self.limits.default)
        return self._buckets.setdefault(f"{key} {resource}", Bucket(limit, seconds, f"{hash(key):x}"))

    def take_global(self) -> float:
        self._all.limit = self.limits.global_per_second
        return self._all.take()


def too_many(wait: float, scope: str) -> RefusedError:
    """https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit."""
    refusal = RefusedError(429, 0, "You are being rate limited.")
    refusal.body = {
        "message": "You are being rate limited.",
        "retry_after": round(wait, 3),
        "global": scope == "global",
    }
    refusal.headers = {"Retry-After": str(max(1, round(wait + 0.5))), "X-RateLimit-Scope": scope}
    if scope == "global":
        refusal.headers["X-RateLimit-Global"] = "true"
    return refusal
