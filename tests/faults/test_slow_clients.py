"""A thousand clients that send a byte a second: cut off in the end, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import time

import psutil
import pytest

from tests.gateway.test_gateway import MEGABYTE, Front, answer_of, front

__all__ = ["front"]

SLOW = 1000
ASKED = 200
# The machine is shared with other tests: a tail that is twice as long by chance is no fault of the gateway.
AT_LEAST = 0.25


async def _p99(front: Front) -> float:
    """Of requests by somebody in a hurry, in seconds."""
    took = []
    for _ in range(ASKED):
        begun = time.monotonic()
        await front.said("POST", "/webhook/a.b", content=b"{}")
        took.append(time.monotonic() - begun)
    return sorted(took)[-ASKED // 100 - 1]


async def _dawdle(front: Front) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Half of them dawdle over their headers, half over their body."""
    opened = await asyncio.gather(*(front.connect() for _ in range(SLOW)))
    for number, (_, writer) in enumerate(opened):
        head = "POST /webhook/a.b HTTP/1.1\r\nHost: x\r\n"
        writer.write((head + "Content-Length: 1000\r\n\r\n" if number % 2 else head + "X-Slow: ").encode())
    return opened


@pytest.mark.long
@pytest.mark.timeout(90)
async def test_a_byte_a_second_from_a_thousand_holds_up_nobody(front: Front) -> None:
    before = await _p99(front)
    gateway = psutil.Process(front.pid("gateway"))
    memory = gateway.memory_info().rss
    slow = await _dawdle(front)
    answers = asyncio.gather(*(answer_of(reader, within=60) for reader, _ in slow))
    writers = [writer for _, writer in slow]
    dripping = asyncio.create_task(_drip(writers))
    try:
        meanwhile = await _p99(front)
        grown = gateway.memory_info().rss - memory
        statuses = {status for status, _ in await answers}
    finally:
        dripping.cancel()
    for writer in writers:
        writer.close()
    took = f"p99 {before * 1e3:.1f} ms, beside {SLOW} slow ones {meanwhile * 1e3:.1f} ms"
    print(f"\n{took}; {grown >> 20} MiB more")
    assert statuses == {408}
    assert meanwhile < max(2 * before, AT_LEAST)
    assert grown < 50 * MEGABYTE


async def _drip(writers: list[asyncio.StreamWriter]) -> None:
    while True:
        for writer in writers:
            if not writer.is_closing():
                writer.write(b"x")
        await asyncio.sleep(1)
