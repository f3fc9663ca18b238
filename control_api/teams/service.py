"""Teams: owners with members in roles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import rights
from control_api.audit.repository import record
from control_api.caller import Caller
from control_api.kit.names import check_name
from control_api.kit.paging import Paging
from control_api.kit.problems import ConflictError, ForbiddenError, NotFoundError
from control_api.models import Membership, Owner, Role
from control_api.platform import Platform
from control_api.teams import repository
from control_api.teams.schemas import NewTeam, Team, Teams
from control_api.users import repository as users
from control_api.users.service import check_unclaimed


class TeamService:
    """The calls on teams."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._bells = platform.bells

    async def list(self, caller: Caller, paging: Paging) -> Teams:
        async with self._database.reading() as session:
            rows = await repository.teams(session, caller.owners, paging.after, paging.limit + 1)
            kept, cursor = paging.page(rows, lambda row: row.name)
            return Teams(items=await _views(session, kept), next_cursor=cursor)

    async def get(self, caller: Caller, name: str) -> Team:
        async with self._database.reading() as session:
            return await _view(session, await _visible(session, caller, name))

    async def create(self, caller: Caller, new: NewTeam) -> Team:
        check_name(new.name, "/name")
        async with self._database.writing() as session:
            if await users.owner(session, new.name) is not None:
                raise ConflictError(f"The name {new.name} is taken by a user or a team; choose another.")
            await check_unclaimed(session, caller, new.name, take_over=new.take_over)
            row = Owner(name=new.name, kind=repository.TEAM)
            session.add(row)
            await session.flush()
            session.add(Membership(owner=new.name, user=caller.user, role=Role.OWNER))
            record(session, caller, "team.create", owner=new.name, outcome="done")
            await session.flush()
            return await _view(session, row)

    async def set_member(self, caller: Caller, name: str, user: str, role: str) -> Team:
        async with self._database.writing() as session:
            row = await _managed(session, caller, name)
            if await users.user(session, user) is None:
                raise NotFoundError("user")
            member = await session.get(Membership, (name, user)) or Membership(
                owner=name, user=user, role=role
            )
            member.role = role
            session.add(member)
            await _check_owned(session, name)
            record(session, caller, "team.member.set", owner=name, outcome="done", detail=f"{user}: {role}")
            await session.flush()
            team = await _view(session, row)
        rights.told(self._bells)
        return team

    async def remove_member(self, caller: Caller, name: str, user: str) -> Team:
        async with self._database.writing() as session:
            row = await _managed(session, caller, name)
            member = await session.get(Membership, (name, user))
            if member is None:
                raise NotFoundError("member")
            await session.delete(member)
            await _check_owned(session, name)
            record(session, caller, "team.member.remove", owner=name, outcome="done", detail=user)
            await session.flush()
            team = await _view(session, row)
        rights.told(self._bells)
        return team


async def _visible(session: AsyncSession, caller: Caller, name: str) -> Owner:
    row = await repository.team(session, name)
    if row is None or not caller.may_read(name):
        raise NotFoundError("team")
    return row


async def _managed(session: AsyncSession, caller: Caller, name: str) -> Owner:
    row = await _visible(session, caller, name)
    if not caller.may_manage(name):
        raise ForbiddenError("Only an owner of the team may change its members; ask one of them to.")
    return row


async def _check_owned(session: AsyncSession, name: str) -> None:
    """Somebody must be left to manage the members; the demo's team has no members at all."""
    await session.flush()
    members = await repository.members(session, [name])
    if members and not any(member.role == Role.OWNER for member in members):
        raise ConflictError("The team would have no owner; make another member its owner first.")


async def _view(session: AsyncSession, row: Owner) -> Team:
    return (await _views(session, [row]))[0]


async def _views(session: AsyncSession, rows: Sequence[Owner]) -> list[Team]:
    members = await repository.members(session, [row.name for row in rows])
    return [
        Team.model_validate(
            {
                "name": row.name,
                "created_at": row.created_at,
                "members": [{"user": m.user, "role": m.role} for m in members if m.owner == row.name],
            }
        )
        for row in rows
    ]
