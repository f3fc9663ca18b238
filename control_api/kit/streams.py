"""Where a stream of server-sent events goes on: after the id of the last event that the client has seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from control_api.kit.problems import BadRequestError


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
