"""Streams of server-sent events: where one goes on, after the last event seen, and how it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, Header
from fastapi.sse import ServerSentEvent

from control_api.kit.problems import BadRequestError, BotyardError


def _last_event_id(
    last_event_id: Annotated[
        str | None,
        Header(max_length=100, description="The id of the last event seen; the stream goes on after it."),
    ] = None,
) -> str | None:
    return last_event_id or None


LastEventId = Annotated[str | None, Depends(_last_event_id)]


def _as_number(last_event_id: LastEventId) -> int | None:
    if last_event_id is None:
        return None
    if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) <= 18):
        raise BadRequestError("Last-Event-ID is not an id that a stream gave; leave it out to start anew.")
    return int(last_event_id)


# Ids of stored events are numbers.
LastEventNumber = Annotated[int | None, Depends(_as_number)]


def problem_event(document: dict[str, Any]) -> ServerSentEvent:
    """What went wrong after a stream has begun, when it is too late for a status."""
    return ServerSentEvent(event="error", data={"problem": document})


async def ended_by_problems(events: AsyncIterator[ServerSentEvent]) -> AsyncIterator[ServerSentEvent]:
    """The events; an error that comes between them is told as the last one."""
    try:
        async for event in events:
            yield event
    except BotyardError as error:
        yield problem_event(error.body())
