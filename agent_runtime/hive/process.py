"""What every process of the hive begins with: its log, its event loop, its ending."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import structlog
import uvloop


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


def set_up_log(*, for_good: bool = True) -> None:
    """Lines of JSON on standard error, for the supervisor; not `for_good` where forks log elsewhere."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=for_good,
    )
