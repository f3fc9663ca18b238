"""Many writes as one operation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from control_api.auth import Writer
from control_api.bots.schemas import Written
from control_api.bulk.schemas import BulkItem
from control_api.kit.problems import InvalidError, NotAvailableYetError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.write_headers import WriteHeadersDep

router = APIRouter(tags=["bulk"], route_class=StrictRoute)


@router.post(
    "/bulk",
    summary="Many writes as one (not available yet)",
    status_code=202,
    responses=declared(InvalidError),
)
async def write_bulk(
    caller: Writer,
    headers: WriteHeadersDep,
    body: Annotated[list[BulkItem], Body(min_length=1, max_length=1000)],
) -> Written:
    raise NotAvailableYetError("bulk writes. Send one call a bot; they run side by side.")
