"""The call that streams what happens to all bots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.auth import Reader
from control_api.bots.schemas import Bot
from control_api.events.service import EventService
from control_api.kit.problems import BadRequestError, declared
from control_api.kit.streams import LastEventNumber, ended_by_problems
from control_api.platform import PlatformDep

router = APIRouter(tags=["streams"])


@router.get(
    "/events",
    summary="Watch all bots and operations",
    description="After a change a `bot` event with the whole bot, or `deleted` with its `id`; an `operation` "
    "event with the whole operation after each of its steps; `reset` where too much was missed or the "
    "caller's rights have changed: read anew.",
    response_class=EventSourceResponse,
    responses={200: {"model": Bot}, **declared(BadRequestError)},
)
async def watch_all(
    platform: PlatformDep,
    caller: Reader,
    last: LastEventNumber,
    after: Annotated[
        int | None, Query(ge=0, description="`event` of a list of bots; left out, from now on.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    events = EventService(platform).watch(caller, after if last is None else last)
    async for event in ended_by_problems(events):
        yield event
