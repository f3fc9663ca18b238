"""Users: who there is, letting people in, and the first operator."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models, rights
from control_api.audit.repository import record
from control_api.bots import repository as bots
from control_api.caller import ALL_SCOPES, Caller
from control_api.kit.names import check_name
from control_api.kit.paging import Paging
from control_api.kit.problems import BotyardError, ConflictError, ForbiddenError, NotFoundError
from control_api.kit.tokens import digest, new_id
from control_api.models import now
from control_api.platform import Platform
from control_api.quotas.schemas import OwnerQuota
from control_api.quotas.service import QuotaService
from control_api.settings import ControlSettings
from control_api.sign_in import throttle
from control_api.users import passwords, repository
from control_api.users.schemas import ChangeUser, Me, NewUser, OwnedName, SetPassword, User, Users
from gitops.errors import FleetError

FIRST_OPERATOR = "admin"
DEMO_TEAM = "demo"


class UserService:
    """The calls on users."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._database = platform.database

    async def list(self, caller: Caller, paging: Paging) -> Users:
        only = None if caller.operator else caller.user
        async with self._database.reading() as session:
            rows = await repository.users(session, after=paging.after, limit=paging.limit + 1, only=only)
        kept, cursor = paging.page(rows, lambda row: row.name)
        return Users(items=[view(row) for row in kept], next_cursor=cursor)

    async def create(self, caller: Caller, new: NewUser) -> User:
        caller.check_operator()
        if new.operator or new.password is not None:
            caller.check_unlimited()
        check_name(new.name, "/name")
        stored = await passwords.hashed(new.password) if new.password is not None else None
        async with self._database.writing() as session:
            if await repository.owner(session, new.name) is not None:
                raise ConflictError(f"The name {new.name} is taken by a user or a team; choose another.")
            await check_unclaimed(session, caller, new.name, take_over=new.take_over)
            row = await add_user(session, new.name, operator=new.operator, email=new.email)
            if stored is not None:
                await passwords.store(session, new.name, stored)
            record(session, caller, "user.create", owner=new.name, outcome="done")
        return view(row)

    async def change(self, caller: Caller, name: str, change: ChangeUser) -> User:
        """Changes a user. One operator always stays."""
        _check_visible(caller, name)
        caller.check_operator()
        if change.operator:
            caller.check_unlimited()
        async with self._database.writing() as session:
            row = await session.get(models.User, name)
            if row is None:
                raise NotFoundError("user")
            given = change.model_dump(exclude_none=True)
            disabled = given.pop("disabled", row.disabled_at is not None)
            row.sqlmodel_update(given)
            row.disabled_at = (row.disabled_at or now()) if disabled else None
            session.add(row)
            await session.flush()
            if not await repository.any_operator(session):
                raise ConflictError(f"{name} is the only operator; make another one first.")
            if disabled:
                await passwords.end_sessions(session, name)
            detail = ", ".join(sorted(change.model_fields_set))
            record(session, caller, "user.change", owner=name, outcome="done", detail=detail)
        rights.told(self._platform.bells)
        return view(row)

    async def set_password(self, caller: Caller, name: str, new: SetPassword) -> None:
        """Sets a password and signs the user out everywhere."""
        _check_visible(caller, name)
        async with self._database.reading() as session:
            if await repository.user(session, name) is None:
                raise NotFoundError("user")
            # Who can set a password can sign in by it, with every scope.
            caller.check_unlimited()
            present = await session.get(models.Password, name)
        if present is not None and not caller.operator:
            await throttle.take(self._database, throttle.of_name(name))
            if not await passwords.is_right(new.old or "", present.hash):
                raise ForbiddenError(
                    "The old password is wrong; try again. An operator may set a new one without it."
                )
        stored = await passwords.hashed(new.password)
        async with self._database.writing() as session:
            await passwords.store(session, name, stored)
            record(session, caller, "user.password", owner=name, outcome="done")
        rights.told(self._platform.bells)

    async def get(self, caller: Caller, name: str) -> User:
        _check_visible(caller, name)
        async with self._database.reading() as session:
            row = await session.get(models.User, name)
        if row is None:
            raise NotFoundError("user")
        return view(row)

    async def me(self, caller: Caller) -> Me:
        async with self._database.reading() as session:
            row = await repository.user(session, caller.user)
            owners = await repository.owners(session, caller.owners)
        assert row is not None
        return Me(
            quota=await self._quota(caller.user),
            user=view(row),
            csrf=caller.csrf,
            scopes=sorted(caller.scopes),
            owners=[
                OwnedName.model_validate({"name": o.name, "kind": o.kind, "role": _role(caller, o.name)})
                for o in owners
            ],
        )

    async def _quota(self, name: str) -> OwnerQuota | None:
        try:
            settings = await self._platform.fleet.settings_of(name)
            return await QuotaService(self._platform).of(name) if settings.quota.is_limited else None
        except (FleetError, BotyardError):
            # Who the caller is does not depend on a file that somebody has to correct.
            return None


def _check_visible(caller: Caller, name: str) -> None:
    """Another user is as if there were none, except for operators."""
    if not caller.operator and name != caller.user:
        raise NotFoundError("user")


def _role(caller: Caller, owner: str) -> str:
    if owner == caller.user:
        return "owner"
    return "operator" if caller.operator else caller.roles[owner].value


def view(row: models.User) -> User:
    """A row as the API shows it."""
    return User(
        name=row.name,
        operator=row.operator,
        email=row.email,
        created_at=row.created_at,
        disabled=row.disabled_at is not None,
    )


async def check_unclaimed(session: AsyncSession, caller: Caller, name: str, *, take_over: bool) -> None:
    """Refuses a name under which there are bots already: whoever got it would own them."""
    if take_over:
        caller.check_operator()
    elif await bots.has_any(session, name):
        raise ConflictError(
            f"There are bots on main under the name {name}, which nobody has yet. "
            "An operator may give them to it with take_over: true; or choose another name."
        )


async def add_user(session: AsyncSession, name: str, *, operator: bool, email: str = "") -> models.User:
    """A user with the owner's name that goes with it."""
    session.add(models.Owner(name=name, kind="user"))
    await session.flush()
    row = models.User(name=name, operator=operator, email=email)
    session.add(row)
    await session.flush()
    return row


async def seed(session: AsyncSession, settings: ControlSettings) -> None:
    """Makes the first operator, the demo's team, and the bootstrap token, while there is no operator."""
    if await repository.any_operator(session):
        return
    await add_user(session, FIRST_OPERATOR, operator=True)
    session.add(models.Owner(name=DEMO_TEAM, kind="team"))
    if settings.bootstrap_token is not None:
        session.add(
            models.Token(
                id=new_id("tok"),
                user=FIRST_OPERATOR,
                name="bootstrap",
                digest=digest(settings.bootstrap_token.get_secret_value()),
                scopes=sorted(ALL_SCOPES),
                created_at=now(),
            )
        )
    await session.flush()
