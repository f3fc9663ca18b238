"""The calls on API tokens."""

from __future__ import annotations

from fastapi import APIRouter, status

from control_api.auth import Admin
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import ForbiddenError, InvalidError, NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import IdPath
from control_api.platform import PlatformDep
from control_api.tokens.schemas import MadeToken, NewToken
from control_api.tokens.schemas import Tokens as TokensPage
from control_api.tokens.service import Tokens

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=StrictRoute)


@router.get("", summary="List the caller's tokens")
async def list_tokens(platform: PlatformDep, caller: Admin, paging: PagingQuery) -> TokensPage:
    return await Tokens(platform).list(caller, paging)


@router.post(
    "",
    summary="Make a token",
    status_code=status.HTTP_201_CREATED,
    responses=declared(ForbiddenError, InvalidError),
)
async def create_token(platform: PlatformDep, caller: Admin, body: NewToken) -> MadeToken:
    return await Tokens(platform).create(caller, body)


@router.delete(
    "/{id}",
    summary="Revoke a token",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declared(NotFoundError),
)
async def revoke_token(platform: PlatformDep, caller: Admin, token_id: IdPath) -> None:
    await Tokens(platform).revoke(caller, token_id)
