"""The calls on the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_api.audit.schemas import Audit
from control_api.audit.service import AuditService
from control_api.auth import Reader
from control_api.kit.paging import PagingQuery
from control_api.platform import PlatformDep

router = APIRouter(tags=["audit"])


@router.get("/audit", summary="Who did what, newest first")
async def read_audit(
    platform: PlatformDep,
    caller: Reader,
    paging: PagingQuery,
    bot: Annotated[str | None, Query(max_length=65, description="Only this bot's.")] = None,
) -> Audit:
    return await AuditService(platform).list(caller, paging, bot)
