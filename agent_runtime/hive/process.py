"""What every process of the hive begins with: its log (`agent_runtime.log`), its event loop, its ending."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

from agent_runtime.log import set_up_log


def run(work: Coroutine[Any, Any, None]) -> int:
    """Run the process to its end; its exit code."""
    set_up_log()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(work)
    return 0


async def told_to_end() -> None:
    """Wait for SIGTERM or SIGINT."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    await told.wait()
