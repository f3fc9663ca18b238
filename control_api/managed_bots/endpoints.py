"""The calls on bots that people make in Telegram by a tap on a link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, status
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.auth import Reader, Writer
from control_api.bots.schemas import DryRun
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
    declared,
)
from control_api.kit.streams import ended_by_problems
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath
from control_api.managed_bots.schemas import MadeLink, ManagedBot, ManagedBots, NewManagedBot
from control_api.managed_bots.service import ManagedBotService
from control_api.managed_bots.watching import watch
from control_api.platform import PlatformDep

router = APIRouter(prefix="/managed-bots", tags=["managed bots"], route_class=StrictRoute)

_CREATE = (
    "For a bot whose Telegram token nobody has to copy: whoever opens the link in Telegram names the bot "
    "there, and Botyard deploys it with the token that Telegram hands over. The link is good for an hour and "
    "for one person. Needs an operator's manager bot."
)


@router.get("", summary="List the links by which bots are made in Telegram")
async def list_managed_bots(platform: PlatformDep, caller: Reader, paging: PagingQuery) -> ManagedBots:
    return await ManagedBotService(platform).list(caller, paging)


@router.post(
    "",
    summary="Make a link by which a bot is made in Telegram and deployed",
    description=_CREATE,
    status_code=status.HTTP_201_CREATED,
    response_model=MadeLink,
    responses={
        200: {"model": DryRun, "description": "A dry run"},
        **declared(ForbiddenError, NotFoundError, ConflictError, InvalidError, UnavailableError),
    },
)
async def create_managed_bot(
    platform: PlatformDep, caller: Writer, body: NewManagedBot
) -> MadeLink | JSONResponse:
    managed_bots = ManagedBotService(platform)
    if body.dry_run:
        preview = await managed_bots.preview(caller, body)
        return JSONResponse(preview.model_dump(mode="json", by_alias=True))
    return await managed_bots.create(caller, body)


async def _link(platform: PlatformDep, caller: Reader, managed_id: IdPath) -> ManagedBot:
    return await ManagedBotService(platform).get(caller, managed_id)


@router.get("/{id}", summary="See how far such a bot has come", responses=declared(NotFoundError))
async def read_managed_bot(link: Annotated[ManagedBot, Depends(_link)]) -> ManagedBot:
    return link


@router.get(
    "/{id}/events",
    summary="Watch how far such a bot comes",
    description="A `link` event with the whole of it at once and after each change, until it is live, failed "
    "or expired; `deleted` with its `id` where it is taken back.",
    response_class=EventSourceResponse,
    responses={200: {"model": ManagedBot}, **declared(NotFoundError)},
)
async def watch_managed_bot(
    platform: PlatformDep, caller: Reader, link: Annotated[ManagedBot, Depends(_link)]
) -> AsyncIterator[ServerSentEvent]:
    async for event in ended_by_problems(watch(platform, caller, link.id)):
        yield event


@router.delete(
    "/{id}",
    summary="Take a link back",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declared(ForbiddenError, NotFoundError, ConflictError),
)
async def delete_managed_bot(platform: PlatformDep, caller: Writer, managed_id: IdPath) -> None:
    await ManagedBotService(platform).delete(caller, managed_id)
