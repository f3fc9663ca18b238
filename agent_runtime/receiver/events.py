"""Server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from starlette.responses import StreamingResponse

from agent_runtime.wire import Json, ProblemError

_KEEP_ALIVE = 15.0
_REFUSED_WITHIN = 1.0
_Ask = Callable[[Callable[[Json], None]], Coroutine[Any, Any, Json]]


def event(name: str, data: Any, identity: str | None = None) -> bytes:
    """One event; JSON holds no line break, so that it is always one line."""
    head = f"id: {identity}\n" if identity is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode()


KEEP_ALIVE = b": \n\n"


def event_stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def relayed(ask: _Ask, *, endless: bool = False) -> AsyncIterator[bytes]:
    """The parts of an answer as events, as they come, then `done` with the whole or `error` with the problem.

    An `endless` answer has neither. Raises ProblemError where the question is refused at once, so that it is
    an HTTP error still.
    """
    parts: asyncio.Queue[Json | None] = asyncio.Queue()
    task = asyncio.create_task(ask(parts.put_nowait))
    task.add_done_callback(lambda _: parts.put_nowait(None))
    first = await _next(parts, _REFUSED_WITHIN)
    if first is None and not task.cancelled() and (error := task.exception()) is not None:
        raise error
    return _events(task, parts, first, endless)


async def _events(
    task: asyncio.Task[Json], parts: asyncio.Queue[Json | None], part: Json | None, endless: bool
) -> AsyncIterator[bytes]:
    try:
        while part is not None:
            yield event(part["event"], part["data"]) if part else KEEP_ALIVE
            part = await _next(parts, _KEEP_ALIVE)
        if not endless:
            yield await _last(task)
    finally:
        # Whoever asked has gone or has it all; the question is withdrawn.
        task.cancel()


async def _next(parts: asyncio.Queue[Json | None], within: float) -> Json | None:
    """The next part, None at the end, or an empty one where none came in time."""
    try:
        return await asyncio.wait_for(parts.get(), within)
    except TimeoutError:
        return {}


async def _last(task: asyncio.Task[Json]) -> bytes:
    try:
        return event("done", await task)
    except ProblemError as error:
        return event("error", {"problem": error.problem})
