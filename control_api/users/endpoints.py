"""The calls on users and on the caller."""

from __future__ import annotations

from fastapi import APIRouter, status

from control_api.auth import Admin, AnyCaller
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TooManyTriesError,
    declared,
)
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import NamePath
from control_api.platform import PlatformDep
from control_api.sign_in.service import SignIns
from control_api.users.schemas import ChangeUser, Me, NewUser, SetPassword, SignInLink, User, Users
from control_api.users.service import UserService

router = APIRouter(tags=["users"], route_class=StrictRoute)


@router.get("/me", summary="Who the caller is")
async def read_me(platform: PlatformDep, caller: AnyCaller) -> Me:
    return await UserService(platform).me(caller)


@router.get("/users", summary="List users")
async def list_users(platform: PlatformDep, caller: Admin, paging: PagingQuery) -> Users:
    return await UserService(platform).list(caller, paging)


@router.post(
    "/users",
    summary="Let a person in",
    status_code=status.HTTP_201_CREATED,
    responses=declared(ForbiddenError, ConflictError, InvalidError),
)
async def create_user(platform: PlatformDep, caller: Admin, body: NewUser) -> User:
    return await UserService(platform).create(caller, body)


@router.get("/users/{name}", summary="Read a user", responses=declared(NotFoundError))
async def read_user(platform: PlatformDep, caller: Admin, name: NamePath) -> User:
    return await UserService(platform).get(caller, name)


@router.patch(
    "/users/{name}",
    summary="Change or disable a user",
    responses=declared(ForbiddenError, NotFoundError, ConflictError, InvalidError),
)
async def change_user(platform: PlatformDep, caller: Admin, name: NamePath, body: ChangeUser) -> User:
    return await UserService(platform).change(caller, name, body)


@router.put(
    "/users/{name}/password",
    summary="Set a password",
    description="Ends the user's sessions. Tokens go on; revoke them apart.",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declared(ForbiddenError, NotFoundError, InvalidError, TooManyTriesError),
)
async def set_password(platform: PlatformDep, caller: Admin, name: NamePath, body: SetPassword) -> None:
    await UserService(platform).set_password(caller, name, body)


@router.post(
    "/users/{name}/sign-in-link",
    summary="Make a sign-in link for a user",
    status_code=status.HTTP_201_CREATED,
    responses=declared(ForbiddenError, NotFoundError),
)
async def make_sign_in_link(platform: PlatformDep, caller: Admin, name: NamePath) -> SignInLink:
    return await SignIns(platform).link_for(caller, name)
