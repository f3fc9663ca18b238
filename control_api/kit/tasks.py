"""Background tasks that go on: one that crashes is logged and started again, with back-off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from control_api.kit.problems import NoRoomError

log = structlog.get_logger()

_SHORTEST = 0.2
_LONGEST = 10.0
_CALM_AFTER = 30.0


async def keep_running(
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    expected: tuple[type[Exception], ...] = (),
    longest: float = _LONGEST,
) -> None:
    """Runs it until cancelled. Errors that are `expected`, such as a part being away, need no traceback."""
    loop = asyncio.get_running_loop()
    ours = asyncio.current_task()
    assert ours is not None
    pause = _SHORTEST
    while True:
        began = loop.time()
        try:
            await run()
        except expected as error:
            log.debug("task_waits", task=name, reason=str(error))
        except NoRoomError:
            log.warning("task_waits", task=name, reason=NoRoomError.title)
        except Exception as error:
            log.exception("task_crashed", task=name, error=type(error).__name__)
        if ours.cancelling():
            # What failed on its way out took the place of the cancellation; the end was still asked for.
            raise asyncio.CancelledError
        if loop.time() - began > _CALM_AFTER:
            pause = _SHORTEST
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)


class Tasks:
    """The background tasks of one application; leaving the block ends them."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(
        self,
        name: str,
        run: Callable[[], Awaitable[None]],
        *,
        expected: tuple[type[Exception], ...] = (),
        longest: float = _LONGEST,
    ) -> None:
        """Starts one that goes on."""
        running = keep_running(name, run, expected=expected, longest=longest)
        self._tasks.append(asyncio.create_task(running, name=name))

    async def aclose(self) -> None:
        """Ends them all and waits for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
