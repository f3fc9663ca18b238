"""The calls that stream what happens to a bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.auth import Reader
from control_api.bots.schemas import Bot
from control_api.bots.service import BotService
from control_api.kit.problems import BadRequestError, NotFoundError, declared
from control_api.kit.streams import LastEventId, LastEventNumber, ended_by_problems
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep
from control_api.streams.schemas import LogLine
from control_api.streams.service import StreamService

router = APIRouter(prefix="/bots/{id}", tags=["streams"])


async def _bot(platform: PlatformDep, caller: Reader, bot_id: IdPath) -> Bot:
    return await BotService(platform).get(caller, bot_id)


@router.get(
    "/events",
    summary="Watch a bot",
    description="A `bot` event with the whole bot at once and after each change; `access` with its `id` when "
    "somebody has paired or asks to talk to it: read its access anew; `deleted` at its end.",
    response_class=EventSourceResponse,
    responses={200: {"model": Bot}, **declared(BadRequestError, NotFoundError)},
)
async def watch_bot(
    platform: PlatformDep, caller: Reader, bot: Annotated[Bot, Depends(_bot)], last: LastEventNumber
) -> AsyncIterator[ServerSentEvent]:
    async for event in ended_by_problems(StreamService(platform).bot(caller, bot.id, last)):
        yield event


@router.get(
    "/logs",
    summary="Read a bot's log",
    description="`log` events, oldest first; with `follow` the stream goes on as lines come.",
    response_class=EventSourceResponse,
    responses={200: {"model": LogLine}, **declared(NotFoundError)},
)
async def read_logs(
    platform: PlatformDep,
    caller: Reader,
    bot: Annotated[Bot, Depends(_bot)],
    last: LastEventId,
    follow: Annotated[bool, Query(description="Go on as lines come.")] = False,
    level: Annotated[
        Literal["debug", "info", "warning", "error"] | None, Query(description="This level and above.")
    ] = None,
) -> AsyncIterator[ServerSentEvent]:
    lines = StreamService(platform).logs(caller, bot.id, follow=follow, level=level, last=last)
    async for event in ended_by_problems(lines):
        yield event
