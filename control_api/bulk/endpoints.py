"""Many writes as one operation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse

from control_api.auth import Writer
from control_api.bulk.schemas import MOST_BOTS, BulkItem, WrittenBulk
from control_api.bulk.service import BulkWrites
from control_api.kit.problems import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    declared,
)
from control_api.kit.strict_json import StrictRoute
from control_api.kit.write_headers import WriteHeadersDep
from control_api.platform import PlatformDep

router = APIRouter(tags=["bulk"], route_class=StrictRoute)


@router.post(
    "/bulk",
    summary="Create, change and delete many bots at once, all or nothing",
    description="One operation and one commit for all. `errors` point at the item, as in `/17/spec/name`.",
    status_code=202,
    response_model=WrittenBulk,
    responses={
        200: {"model": WrittenBulk, "description": "Done, or nothing to change"},
        **declared(BadRequestError, ForbiddenError, NotFoundError, ConflictError, InvalidError),
    },
)
async def write_bulk(
    platform: PlatformDep,
    caller: Writer,
    headers: WriteHeadersDep,
    body: Annotated[list[BulkItem], Body(min_length=1, max_length=MOST_BOTS)],
    request: Request,
) -> JSONResponse:
    written = await BulkWrites(platform, caller, headers, request).write(body)
    done = written.operation.state == "succeeded"
    response = JSONResponse(written.model_dump(mode="json"), status_code=200 if done else 202)
    response.headers["Location"] = f"/api/v1/operations/{written.operation.id}"
    return response
