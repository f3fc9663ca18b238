"""The calls on proposals."""

from __future__ import annotations

from fastapi import APIRouter

from control_api.auth import Reader
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import InvalidError, NotAvailableYetError, declared
from control_api.proposals.schemas import Proposals

router = APIRouter(tags=["proposals"])


@router.get("/proposals", summary="List proposals (not available yet)", responses=declared(InvalidError))
async def list_proposals(caller: Reader, paging: PagingQuery) -> Proposals:
    raise NotAvailableYetError("proposals. Push to main of the fleet repository, or use the calls on bots.")
