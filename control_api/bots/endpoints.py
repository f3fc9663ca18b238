"""The calls on bots."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from control_api.auth import Reader, Writer
from control_api.bots.answers import WRITE, answer
from control_api.bots.repository import Wanted
from control_api.bots.schemas import Bot, Bots, Change, Deploy, Phase, Replace, Rollback
from control_api.bots.service import BotService
from control_api.bots.writes import BotWrites
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath, Text
from control_api.kit.write_headers import WriteHeadersDep
from control_api.platform import PlatformDep

ChannelName = Literal["telegram", "discord", "web", "slack", "whatsapp"]

router = APIRouter(prefix="/bots", tags=["bots"], route_class=StrictRoute)


@router.get("", summary="List bots")
async def list_bots(
    platform: PlatformDep,
    caller: Reader,
    paging: PagingQuery,
    owner: Annotated[Text | None, Query(max_length=32, description="Only this owner's.")] = None,
    q: Annotated[Text, Query(max_length=100, description="Words of the id or the description.")] = "",
    channel: Annotated[ChannelName | None, Query(description="Only with this channel.")] = None,
    phase: Annotated[
        list[Phase] | None,
        Query(
            max_length=9, description="Only in one of these; pages may then be short while there is a next."
        ),
    ] = None,
) -> Bots:
    wanted = Wanted(caller.owners, owner, q.split(), channel)
    return await BotService(platform).list(paging, wanted, phase or ())


@router.post("", summary="Deploy a new bot", **WRITE)
async def deploy_bot(
    platform: PlatformDep, caller: Writer, headers: WriteHeadersDep, body: Deploy, request: Request
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).deploy(body)
    return await answer(platform, result, headers)


@router.get("/{id}", summary="Read a bot", responses=declared(NotFoundError))
async def read_bot(platform: PlatformDep, caller: Reader, bot_id: IdPath, response: Response) -> Bot:
    bot = await BotService(platform).read(caller, bot_id)
    if bot.version is not None:
        response.headers["ETag"] = f'"{bot.version}"'
    return bot


@router.put("/{id}", summary="Replace a bot's specification", **WRITE)
async def replace_bot(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    bot_id: IdPath,
    body: Replace,
    request: Request,
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).replace(bot_id, body)
    return await answer(platform, result, headers)


@router.patch("/{id}", summary="Change a bot's specification by a merge patch", **WRITE)
async def change_bot(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    bot_id: IdPath,
    body: Change,
    request: Request,
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).change(bot_id, body)
    return await answer(platform, result, headers)


@router.delete("/{id}", summary="Delete a bot", **WRITE)
async def delete_bot(
    platform: PlatformDep, caller: Writer, headers: WriteHeadersDep, bot_id: IdPath, request: Request
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).delete(bot_id)
    return await answer(platform, result, headers)


@router.post("/{id}/restart", summary="Restart a bot", **WRITE)
async def restart_bot(
    platform: PlatformDep, caller: Writer, headers: WriteHeadersDep, bot_id: IdPath, request: Request
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).simple(bot_id, "restart")
    return await answer(platform, result, headers)


@router.post("/{id}/pause", summary="Pause a bot", **WRITE)
async def pause_bot(
    platform: PlatformDep, caller: Writer, headers: WriteHeadersDep, bot_id: IdPath, request: Request
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).simple(bot_id, "pause")
    return await answer(platform, result, headers)


@router.post("/{id}/resume", summary="Resume a paused bot", **WRITE)
async def resume_bot(
    platform: PlatformDep, caller: Writer, headers: WriteHeadersDep, bot_id: IdPath, request: Request
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).simple(bot_id, "resume")
    return await answer(platform, result, headers)


@router.post("/{id}/rollback", summary="Bring back a bot's specification of an earlier commit", **WRITE)
async def roll_back_bot(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    bot_id: IdPath,
    body: Rollback,
    request: Request,
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).rollback(bot_id, body.commit)
    return await answer(platform, result, headers)
