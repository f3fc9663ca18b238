"""Relays the runtime's inner API: its problems become ours, its absence a 503."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.sse import ServerSentEvent

from agent_runtime.hive_client import Event, HiveAwayError, HiveError
from control_api.kit.problems import (
    BotyardError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
    problem,
)
from control_api.kit.streams import problem_event

_AWAY = "The bots' runtime does not answer just now; it is restarting. Try again in a few seconds."
_BY_STATUS: dict[int, type[BotyardError]] = {409: ConflictError, 422: InvalidError}


@contextmanager
def hive_problems(what: str = "bot") -> Iterator[None]:
    """Turns what goes wrong in the block into our errors."""
    try:
        yield
    except HiveAwayError as error:
        raise UnavailableError(_AWAY) from error
    except HiveError as error:
        if error.status == NotFoundError.status:
            raise NotFoundError(what) from error
        kind = _BY_STATUS.get(error.status, UnavailableError)
        raise kind(str(error)) from error


async def relay(events: AsyncIterator[Event]) -> AsyncIterator[ServerSentEvent]:
    """The runtime's events as ours. A stream that breaks ends with an `error` event that says so."""
    try:
        async for event in events:
            yield ServerSentEvent(event=event.event, data=event.data, id=event.id or None)
    except HiveAwayError:
        yield problem_event(problem(503, UnavailableError.title, _AWAY))
    except HiveError as error:
        status = error.status
        title = str(error.problem.get("title") or "The bot cannot answer")
        extra = {name: error.problem[name] for name in ("next_step", "errors") if error.problem.get(name)}
        yield problem_event(problem(status, title, str(error), extra=extra))


async def until(
    end: Coroutine[Any, Any, None], events: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    """The events until `end` returns or raises; for streams that may have no end of their own."""
    ended = asyncio.ensure_future(end)
    following: asyncio.Future[ServerSentEvent | None] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(events, None))
            await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                ended.result()
                return
            event = following.result()
            if event is None:
                return
            yield event
    finally:
        tasks = [task for task in (ended, following) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
