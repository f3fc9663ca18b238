"""The calls on who may talk to a bot."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_api.access.schemas import Access, AccessChange
from control_api.access.service import AccessService
from control_api.auth import Reader, Writer
from control_api.kit.problems import ConflictError, NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep

router = APIRouter(prefix="/bots/{id}/access", tags=["access"], route_class=StrictRoute)


@router.get("", summary="See who may talk to a bot and who asks to", responses=declared(NotFoundError))
async def read_access(platform: PlatformDep, caller: Reader, bot_id: IdPath) -> Access:
    return await AccessService(platform).read(caller, bot_id)


@router.post("", summary="Let somebody talk to a bot", responses=declared(NotFoundError))
async def approve_access(platform: PlatformDep, caller: Writer, bot_id: IdPath, body: AccessChange) -> Access:
    return await AccessService(platform).approve(caller, bot_id, body.sender)


@router.post("/code", summary="Make a fresh pairing code", responses=declared(NotFoundError, ConflictError))
async def pair_access(platform: PlatformDep, caller: Writer, bot_id: IdPath) -> Access:
    """For another owner, or in place of a code that leaked: the one before is worth nothing."""
    return await AccessService(platform).pair(caller, bot_id)


@router.delete("", summary="Stop somebody from talking to a bot", responses=declared(NotFoundError))
async def revoke_access(
    platform: PlatformDep,
    caller: Writer,
    bot_id: IdPath,
    sender: Annotated[str, Query(min_length=1, max_length=128, description="As `access` shows it.")],
) -> Access:
    return await AccessService(platform).revoke(caller, bot_id, sender)
