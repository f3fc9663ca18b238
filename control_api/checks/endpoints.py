"""The calls that check pasted tokens and keys."""

from __future__ import annotations

from fastapi import APIRouter

from control_api.auth import Writer
from control_api.checks.schemas import Checked, CheckModel, CheckNumber, CheckToken
from control_api.checks.service import CheckService
from control_api.kit.problems import InvalidError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.platform import PlatformDep

router = APIRouter(prefix="/checks", tags=["checks"], route_class=StrictRoute)


@router.post("/telegram", summary="What a Telegram token is good for", responses=declared(InvalidError))
async def check_telegram(platform: PlatformDep, caller: Writer, body: CheckToken) -> Checked:
    return await CheckService(platform).telegram(body.token)


@router.post("/model", summary="Whether a model answers", responses=declared(InvalidError))
async def check_model(platform: PlatformDep, caller: Writer, body: CheckModel) -> Checked:
    return await CheckService(platform).model(body.model, body.key)


@router.post("/discord", summary="What a Discord token is good for", responses=declared(InvalidError))
async def check_discord(platform: PlatformDep, caller: Writer, body: CheckToken) -> Checked:
    return await CheckService(platform).discord(body.token)


@router.post("/slack", summary="What a Slack token is good for", responses=declared(InvalidError))
async def check_slack(platform: PlatformDep, caller: Writer, body: CheckToken) -> Checked:
    return await CheckService(platform).slack(body.token)


@router.post(
    "/whatsapp", summary="What a WhatsApp token is good for, for a number", responses=declared(InvalidError)
)
async def check_whatsapp(platform: PlatformDep, caller: Writer, body: CheckNumber) -> Checked:
    return await CheckService(platform).whatsapp(body.token, body.phone_number_id)
