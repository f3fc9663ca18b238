"""A load generator: prepared HTTP/1.1 requests over kept connections, as fast as answered or on a clock.

Small on purpose: it writes whole requests and counts answers, so that one core of it outruns every server
here; `bench.acks` shows what it does against a server that answers without looking (`nothing`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast


@dataclass
class Answers:
    """What came back: how many of each status, and how long each was waited for, in seconds."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return self.statuses[200] / self.seconds

    @property
    def refused(self) -> int:
        """Everything but a 200, and what was never answered."""
        return self.statuses.total() - self.statuses[200]


class _Connection(asyncio.Protocol):
    """One request at a time; answers without a body or with a Content-Length."""

    def __init__(self, answered: Callable[[_Connection, int], None]) -> None:
        self._answered = answered
        self._buffer = b""
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due: float) -> None:
        assert self.transport is not None
        self.sent_at = due
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self._answered(self, int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self.sent_at:
            self._answered(self, 0)


async def _connected(
    where: str, many: int, answered: Callable[[_Connection, int], None]
) -> list[_Connection]:
    """`where` is a Unix socket's path, or `host:port`."""
    loop, made = asyncio.get_running_loop(), []
    for _ in range(many):
        if where.startswith("/"):
            _, one = await loop.create_unix_connection(lambda: _Connection(answered), where)
        else:
            host, _, port = where.rpartition(":")
            _, one = await loop.create_connection(lambda: _Connection(answered), host, int(port))
        made.append(one)
    return made


async def closed_loop(where: str, requests: Iterator[bytes], connections: int, seconds: float) -> Answers:
    """Each connection sends its next request as soon as it has its answer."""
    answers, busy = Answers(), connections
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    deadline = 0.0

    def answered(connection: _Connection, status: int) -> None:
        nonlocal busy
        now = time.perf_counter()
        answers.statuses[status] += 1
        answers.waits.append(now - connection.sent_at)
        if status and now < deadline:
            connection.send(next(requests), now)
            return
        connection.sent_at = 0.0
        busy -= 1
        if busy == 0 and not done.done():
            answers.seconds = now - began
            done.set_result(None)

    lines = await _connected(where, connections, answered)
    began = time.perf_counter()
    deadline = began + seconds
    for line in lines:
        line.send(next(requests), began)
    await asyncio.wait_for(done, seconds + 60)
    _close(lines)
    return answers


async def open_loop(
    where: str, requests: Iterator[bytes], connections: int, seconds: float, rate: float
) -> Answers:
    """Requests fall due on a clock, whatever became of those before; a wait counts from when one fell due."""
    answers, free, due = Answers(), deque[_Connection](), deque[float]()
    outstanding = total = int(rate * seconds)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def answered(connection: _Connection, status: int) -> None:
        nonlocal outstanding
        now = time.perf_counter()
        answers.statuses[status] += 1
        answers.waits.append(now - connection.sent_at)
        connection.sent_at = 0.0
        outstanding -= 1
        if status:
            free.append(connection)
        if outstanding == 0 and not done.done():
            answers.seconds = now - began
            done.set_result(None)
        while due and free:
            free.popleft().send(next(requests), due.popleft())

    lines = await _connected(where, connections, answered)
    free.extend(lines)
    began = time.perf_counter()
    for number in range(total):
        when = began + number / rate
        if (ahead := when - time.perf_counter()) > 0.0002:
            await asyncio.sleep(ahead)
        elif number % 16 == 0:
            await asyncio.sleep(0)
        if free:
            free.popleft().send(next(requests), when)
        else:
            due.append(when)
    try:
        await asyncio.wait_for(done, 60)
    except TimeoutError:
        answers.statuses[0] += outstanding
        answers.seconds = time.perf_counter() - began
    _close(lines)
    return answers


def _close(lines: list[_Connection]) -> None:
    for line in lines:
        if line.transport is not None:
            line.transport.close()


def percentile(values: list[float], part: float) -> float:
    """The value that this part of all are not above, by nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
