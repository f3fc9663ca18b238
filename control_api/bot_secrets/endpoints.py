"""The calls on a bot's secrets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse

from control_api.auth import Reader, Writer
from control_api.bots.answers import WRITE, answer
from control_api.bots.schemas import SecretIsSet, SetSecret
from control_api.bots.service import BotService
from control_api.bots.writes import BotWrites
from control_api.kit.problems import NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath, SecretName
from control_api.kit.write_headers import WriteHeadersDep
from control_api.platform import PlatformDep

router = APIRouter(prefix="/bots/{id}/secrets", tags=["secrets"], route_class=StrictRoute)
Name = Annotated[SecretName, Path()]


@router.get("/{name}", summary="Ask whether a secret is set", responses=declared(NotFoundError))
async def read_secret(platform: PlatformDep, caller: Reader, bot_id: IdPath, name: Name) -> SecretIsSet:
    bot = await BotService(platform).get(caller, bot_id)
    return SecretIsSet(set=name in bot.secrets and bot.secrets[name].set)


@router.put("/{name}", summary="Set a secret", **WRITE)
async def set_secret(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    bot_id: IdPath,
    name: Name,
    body: SetSecret,
    request: Request,
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).set_secret(bot_id, name, body.value)
    return await answer(platform, result, headers)


@router.delete("/{name}", summary="Delete a secret", **WRITE)
async def delete_secret(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    bot_id: IdPath,
    name: Name,
    request: Request,
) -> JSONResponse:
    result = await BotWrites(platform, caller, headers, request).delete_secret(bot_id, name)
    return await answer(platform, result, headers)
