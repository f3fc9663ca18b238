"""The calls on a bot's history."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_api.auth import Reader
from control_api.bots.schemas import Diff, History
from control_api.history.service import HistoryService
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import NotFoundError, declared
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep

router = APIRouter(prefix="/bots/{id}", tags=["history"])
_COMMIT = r"^[0-9a-f]{7,64}$"


@router.get("/history", summary="Read a bot's history, newest first", responses=declared(NotFoundError))
async def read_history(platform: PlatformDep, caller: Reader, bot_id: IdPath, paging: PagingQuery) -> History:
    return await HistoryService(platform).history(caller, bot_id, paging)


@router.get("/diff", summary="Compare a bot at two commits", responses=declared(NotFoundError))
async def read_diff(
    platform: PlatformDep,
    caller: Reader,
    bot_id: IdPath,
    from_: Annotated[str, Query(alias="from", pattern=_COMMIT, description="The older commit.")],
    to: Annotated[str | None, Query(pattern=_COMMIT, description="The newer; left out, the newest.")] = None,
) -> Diff:
    return await HistoryService(platform).diff(caller, bot_id, from_, to)
