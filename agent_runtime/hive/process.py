"""What every process of the hive begins with: its log (`agent_runtime.log`), its event loop, its ending."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

from agent_runtime.log import set_up_log

_GARBAGE_AFTER = 20_000  # new objects, until the young ones are looked through


def run(work: Coroutine[Any, Any, None]) -> int:
    """Run the process to its end; its exit code."""
    set_up_log()
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(work)
    return 0


async def told_to_end() -> None:
    """Serve until SIGTERM or SIGINT; called once all is ready."""
    settle_memory()
    await end_event().wait()


def settle_memory() -> None:
    """What was imported stays; a collection that looked through it time and again would hold all up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER, 20, 20)


def end_event() -> asyncio.Event:
    """Set by SIGTERM or SIGINT, from now on."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told
