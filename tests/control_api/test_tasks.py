"""Background tasks end when asked to, whatever fails on their way out."""

from __future__ import annotations

import asyncio

from control_api.kit.tasks import Tasks


async def test_a_task_that_fails_while_it_ends_is_not_started_again() -> None:
    runs = 0
    started = asyncio.Event()

    async def fails_on_its_way_out() -> None:
        nonlocal runs
        runs += 1
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            if runs == 1:
                raise OSError("no room to say goodbye")

    tasks = Tasks()
    tasks.start("frail", fails_on_its_way_out)
    await started.wait()
    async with asyncio.timeout(5):
        await tasks.aclose()
    assert runs == 1
