"""The calls on the quotas of users and teams."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from agent_runtime.spec.owner import Quota
from control_api.auth import Admin, Reader
from control_api.kit.problems import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    declared,
)
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import NamePath
from control_api.kit.write_headers import WriteHeadersDep
from control_api.platform import PlatformDep
from control_api.quotas.schemas import OwnerQuota, WrittenQuota
from control_api.quotas.service import QuotaService

router = APIRouter(tags=["quotas"], route_class=StrictRoute)

_REFUSALS = declared(BadRequestError, ForbiddenError, NotFoundError, ConflictError, InvalidError)
_WRITTEN = {200: {"model": WrittenQuota, "description": "Done, or nothing to change"}, **_REFUSALS}
_SET = (
    "Operators only. The whole quota; what is left out has no limit. It is a commit to `owner.yaml`. "
    "A limit below what is there already stops growth and nothing else."
)


@router.get(
    "/users/{name}/quota",
    summary="What a user's bots may have, and have",
    responses=declared(NotFoundError),
)
async def read_user_quota(platform: PlatformDep, caller: Reader, name: NamePath) -> OwnerQuota:
    return await QuotaService(platform).get(caller, "user", name)


@router.put(
    "/users/{name}/quota",
    summary="Set what a user's bots may have together",
    description=_SET,
    status_code=202,
    response_model=WrittenQuota,
    responses=_WRITTEN,
)
async def set_user_quota(
    platform: PlatformDep,
    caller: Admin,
    headers: WriteHeadersDep,
    name: NamePath,
    body: Quota,
    request: Request,
) -> JSONResponse:
    return _answer(await QuotaService(platform).set(caller, "user", name, body, headers, request))


@router.get(
    "/teams/{name}/quota",
    summary="What a team's bots may have, and have",
    responses=declared(NotFoundError),
)
async def read_team_quota(platform: PlatformDep, caller: Reader, name: NamePath) -> OwnerQuota:
    return await QuotaService(platform).get(caller, "team", name)


@router.put(
    "/teams/{name}/quota",
    summary="Set what a team's bots may have together",
    description=_SET,
    status_code=202,
    response_model=WrittenQuota,
    responses=_WRITTEN,
)
async def set_team_quota(
    platform: PlatformDep,
    caller: Admin,
    headers: WriteHeadersDep,
    name: NamePath,
    body: Quota,
    request: Request,
) -> JSONResponse:
    return _answer(await QuotaService(platform).set(caller, "team", name, body, headers, request))


def _answer(written: WrittenQuota) -> JSONResponse:
    done = written.operation.state == "succeeded"
    response = JSONResponse(written.model_dump(mode="json"), status_code=200 if done else 202)
    response.headers["Location"] = f"/api/v1/operations/{written.operation.id}"
    return response
