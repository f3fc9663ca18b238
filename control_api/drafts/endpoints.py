"""Chat with a deployed bot, and draft turns of one that is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.auth import Writer
from control_api.bots.schemas import Bot
from control_api.bots.service import BotService
from control_api.drafts.schemas import ChatRequest, Delta, Done, Failed, Try
from control_api.drafts.service import Draft, DraftService
from control_api.kit.problems import InvalidError, NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep

router = APIRouter(tags=["talk"], route_class=StrictRoute)
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"model": Delta | Done | Failed, "description": "`delta` …, then `done` or `error`"}
}


async def _bot(platform: PlatformDep, caller: Writer, bot_id: IdPath) -> Bot:
    return await BotService(platform).writable(caller, bot_id)


@router.post(
    "/bots/{id}/chat",
    summary="Talk to a bot",
    response_class=EventSourceResponse,
    responses={**_EVENTS, **declared(NotFoundError, InvalidError)},
)
async def chat(
    platform: PlatformDep, caller: Writer, bot: Annotated[Bot, Depends(_bot)], body: ChatRequest
) -> AsyncIterator[ServerSentEvent]:
    async for event in DraftService(platform).chat(caller, bot.id, body):
        yield event


async def _draft(platform: PlatformDep, caller: Writer, body: Try) -> Draft:
    return await DraftService(platform).checked(caller, body)


@router.post(
    "/try",
    summary="Try a specification that is not deployed",
    response_class=EventSourceResponse,
    responses={**_EVENTS, **declared(NotFoundError, InvalidError)},
)
async def try_draft(
    platform: PlatformDep, draft: Annotated[Draft, Depends(_draft)]
) -> AsyncIterator[ServerSentEvent]:
    async for event in DraftService(platform).run(draft):
        yield event
