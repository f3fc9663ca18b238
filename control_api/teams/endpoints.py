"""The calls on teams."""

from __future__ import annotations

from fastapi import APIRouter, status

from control_api.auth import Admin, Reader
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import ConflictError, ForbiddenError, InvalidError, NotFoundError, declared
from control_api.kit.strict_json import StrictRoute
from control_api.kit.values import NamePath
from control_api.platform import PlatformDep
from control_api.teams.schemas import Members, NewMember, NewTeam, SetMember, Team, Teams
from control_api.teams.service import TeamService

router = APIRouter(prefix="/teams", tags=["teams"], route_class=StrictRoute)


@router.get("", summary="List teams")
async def list_teams(platform: PlatformDep, caller: Reader, paging: PagingQuery) -> Teams:
    return await TeamService(platform).list(caller, paging)


@router.post(
    "",
    summary="Make a team",
    status_code=status.HTTP_201_CREATED,
    responses=declared(ForbiddenError, ConflictError, InvalidError),
)
async def create_team(platform: PlatformDep, caller: Admin, body: NewTeam) -> Team:
    return await TeamService(platform).create(caller, body)


@router.get("/{name}", summary="Read a team", responses=declared(NotFoundError))
async def read_team(platform: PlatformDep, caller: Reader, name: NamePath) -> Team:
    return await TeamService(platform).get(caller, name)


@router.get("/{name}/members", summary="List a team's members", responses=declared(NotFoundError))
async def list_members(platform: PlatformDep, caller: Reader, name: NamePath) -> Members:
    return Members(items=(await TeamService(platform).get(caller, name)).members)


@router.post(
    "/{name}/members",
    summary="Take a user into a team",
    status_code=status.HTTP_201_CREATED,
    responses=declared(ForbiddenError, NotFoundError, ConflictError, InvalidError),
)
async def add_member(platform: PlatformDep, caller: Admin, name: NamePath, body: NewMember) -> Team:
    return await TeamService(platform).set_member(caller, name, body.user, body.role)


@router.put(
    "/{name}/members/{user}",
    summary="Set a member's role",
    responses=declared(ForbiddenError, NotFoundError, ConflictError, InvalidError),
)
async def set_member(
    platform: PlatformDep, caller: Admin, name: NamePath, user: NamePath, body: SetMember
) -> Team:
    return await TeamService(platform).set_member(caller, name, user, body.role)


@router.delete(
    "/{name}/members/{user}",
    summary="Take a member out",
    responses=declared(ForbiddenError, NotFoundError, ConflictError),
)
async def remove_member(platform: PlatformDep, caller: Admin, name: NamePath, user: NamePath) -> Team:
    return await TeamService(platform).remove_member(caller, name, user)
