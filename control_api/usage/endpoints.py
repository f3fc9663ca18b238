"""The calls on usage."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from control_api.auth import Reader
from control_api.kit.paging import PagingQuery
from control_api.platform import PlatformDep
from control_api.usage.schemas import Usage
from control_api.usage.service import UsageService

router = APIRouter(tags=["usage"])


@router.get("/usage", summary="Tokens and cost by bot and day")
async def read_usage(
    platform: PlatformDep,
    caller: Reader,
    paging: PagingQuery,
    bot: Annotated[str | None, Query(max_length=65, description="Only this bot's.")] = None,
    since: Annotated[date | None, Query(description="From this day (UTC).")] = None,
    until: Annotated[date | None, Query(description="Up to and with this day (UTC).")] = None,
) -> Usage:
    return await UsageService(platform).list(caller, paging, bot, since, until)
