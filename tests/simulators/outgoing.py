"""What a platform sends to webhooks, with its tries, and what came back; for the platforms that sign them."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2


@dataclass(frozen=True)
class Delivery:
    """One request to a webhook; status 0 where nothing came back in time."""

    url: str
    status: int
    body: str
    retry: int
    at: float


class Outgoing:
    """All requests of one simulator, each beside the others."""

    def __init__(self, answer_within: float) -> None:
        self.deliveries: list[Delivery] = []
        self._within = answer_within
        self._tasks: set[asyncio.Task[bool]] = set()

    def send(
        self, url: str, body: bytes, headers: Callable[[int], dict[str, str]], waits: Sequence[float]
    ) -> asyncio.Task[bool]:
        """Send it beside, and again after each of the waits until there is a 2xx; `headers` of each try.

        What comes of it is whether there was one.
        """
        task = asyncio.create_task(self._send(url, body, headers, waits))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _send(
        self, url: str, body: bytes, headers: Callable[[int], dict[str, str]], waits: Sequence[float]
    ) -> bool:
        for retry, wait in enumerate((0.0, *waits)):
            await asyncio.sleep(wait)
            delivery = await self.post(url, body, headers(retry), retry)
            if 200 <= delivery.status < 300:
                return True
        return False

    async def post(self, url: str, body: bytes, headers: dict[str, str], retry: int = 0) -> Delivery:
        return await self._asked("POST", url, retry, content=body, headers=headers)

    async def get(self, url: str, query: dict[str, str]) -> Delivery:
        return await self._asked("GET", url, 0, params=query)

    async def _asked(self, method: str, url: str, retry: int, **request: Any) -> Delivery:
        try:
            async with httpx2.AsyncClient(verify=False, timeout=self._within, trust_env=False) as http:
                answer = await http.request(method, url, **request)
        except httpx2.HTTPError:
            delivery = Delivery(url, 0, "", retry, time.time())
        else:
            delivery = Delivery(url, answer.status_code, answer.text, retry, time.time())
        self.deliveries.append(delivery)
        return delivery


def may_be_sent_to(url: str, loopback: bool) -> bool:
    """https, or http on this machine where the test allows it."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return loopback and parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class Watched:
    """Something a test waits for: `changed` is told, `until` asks again."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()

    async def changed(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def until(self, count: Callable[[], int], wanted: int, timeout: float) -> None:
        """Returns when there are as many or the time is over."""

        async def reached() -> None:
            async with self._condition:
                await self._condition.wait_for(lambda: count() >= wanted)

        try:
            await asyncio.wait_for(reached(), timeout)
        except TimeoutError:
            return


class Pace:
    """A bucket of `burst` that fills by one in each `seconds`; 0 seconds is no limit."""

    def __init__(self, seconds: float, burst: float) -> None:
        self._seconds, self._burst = seconds, burst
        self._level, self._at = burst, time.monotonic()

    def take(self) -> float:
        """0 when it was let through, else the seconds to wait."""
        if self._seconds <= 0:
            return 0.0
        now = time.monotonic()
        self._level = min(self._burst, self._level + (now - self._at) / self._seconds)
        self._at = now
        if self._level < 1:
            return (1 - self._level) * self._seconds
        self._level -= 1
        return 0.0
