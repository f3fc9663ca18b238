"""Signing in by a link's single-use code or by a password, sessions of the page, signing out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response
from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import rights
from control_api.audit.repository import record
from control_api.caller import Caller
from control_api.kit.problems import NotFoundError, NotSignedInError
from control_api.kit.requests import from_secure_origin, source
from control_api.kit.tokens import digest, new_code
from control_api.models import Password, Role, SignInCode, User, WebSession, now
from control_api.platform import Platform
from control_api.sign_in import cookies, first, throttle
from control_api.sign_in.schemas import Door, SignedIn, SignIn
from control_api.users import passwords
from control_api.users import repository as users
from control_api.users.schemas import SignInLink
from control_api.users.service import view

CODE_LIVES = timedelta(minutes=10)
SESSION_LIVES = timedelta(days=30)
_WRONG_CODE = (
    "This sign-in link is used, expired or wrong. Make a new one with `botyard up`, or ask an operator."
)


_NOT_IN = (
    "The name or the password is wrong. `botyard user link` prints a link that signs in without a password."
)


@dataclass(frozen=True)
class SignedInUser:
    """A session and whose it is."""

    user: User
    session: WebSession
    roles: Mapping[str, Role]


@dataclass(frozen=True)
class _Begun:
    """A new session, whose it is, its cookie, and whether it is the first of all."""

    user: User
    session: WebSession
    cookie: str
    first: bool


class SignIns:
    """The calls that sign in and out."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._database = platform.database

    async def link_for(self, caller: Caller, name: str) -> SignInLink:
        """A link that an operator makes for a user."""
        if not caller.operator and name != caller.user:
            raise NotFoundError("user")
        async with self._database.writing() as session:
            if await users.user(session, name) is None:
                raise NotFoundError("user")
            caller.check_unlimited()
            link = await make_link(session, name, self._platform.settings.url)
            record(session, caller, "sign-in-link.create", owner=name, outcome="done")
        return link

    async def door(self) -> Door:
        """What anybody may know before they sign in."""
        async with self._database.reading() as session:
            return Door(first_run=await first.nobody_yet(session))

    async def sign_in(self, body: SignIn, request: Request, response: Response) -> SignedIn:
        """Puts a new session's cookie on the response, for the right code or the right password."""
        if body.code is not None:
            begun = await self._by_code(body.code, source(request))
        else:
            begun = await self._by_password(body.name or "", body.password or "", source(request))
        secure = self._secure(request)
        cookies.put(response, begun.cookie, secure=secure, expires=begun.session.expires_at)
        return SignedIn(user=view(begun.user), csrf=begun.session.csrf, first=begun.first)

    async def _by_code(self, code: str, address: str) -> _Begun:
        async with self._database.writing() as session:
            user = await _redeem(session, code)
            if user is not None:
                return await _begin(session, user)
        raise await throttle.refuse(self._database, address, NotSignedInError(_WRONG_CODE))

    async def _by_password(self, name: str, password: str, address: str) -> _Begun:
        # A password can be guessed, so a try counts before it is looked at: many at once are many.
        await throttle.take(self._database, throttle.of_name(name), address)
        async with self._database.reading() as session:
            user = await users.user(session, name)
            stored = await session.get(Password, name) if user is not None else None
        if not await passwords.is_right(password, stored.hash if stored is not None else None):
            raise NotSignedInError(_NOT_IN)
        async with self._database.writing() as session:
            # The password may have been changed or the user disabled while it was checked.
            user, present = await users.user(session, name), await session.get(Password, name)
            if user is None or present is None or stored is None or present.hash != stored.hash:
                raise NotSignedInError(_NOT_IN)
            await throttle.give_back(session, throttle.of_name(name), address)
            return await _begin(session, user)

    async def check(self, cookie: str) -> SignedInUser:
        """The session behind a cookie."""
        async with self._database.reading() as session:
            found = await users.signed_in(session, digest(cookie))
        if found is None or not found[0].is_valid:
            raise NotSignedInError("The session is over. Sign in with a new link: `botyard up` prints one.")
        row, user, roles = found
        return SignedInUser(user, row, roles)

    async def sign_out(self, caller: Caller, request: Request, response: Response) -> None:
        """Ends the session; with a token there is none to end."""
        cookie = request.cookies.get(cookies.SECURE_COOKIE) or request.cookies.get(cookies.COOKIE)
        if cookie and caller.via == "session":
            async with self._database.writing() as session:
                row = await session.get(WebSession, digest(cookie))
                if row is not None:
                    await session.delete(row)
                    record(session, caller, "sign-out", owner=caller.user, outcome="done")
            rights.told(self._platform.bells)
        cookies.clear(response, secure=self._secure(request))

    def _secure(self, request: Request) -> bool:
        return from_secure_origin(request, self._platform.settings.public_url)


async def make_link(session: AsyncSession, user: str, url: str) -> SignInLink:
    """A new code for a user. The code is in the URL's fragment, which browsers send to nobody."""
    code, expires = new_code(), now() + CODE_LIVES
    session.add(SignInCode(digest=digest(code), user=user, expires_at=expires))
    await session.flush()
    return SignInLink(code=code, url=f"{url}/#/sign-in?code={code}", expires_at=expires)


async def _redeem(session: AsyncSession, code: str) -> User | None:
    row = await session.get(SignInCode, digest(code))
    if row is None:
        return None
    # Used up by one conditional update, so that of two at once only one gets in.
    used = await session.exec(
        update(SignInCode)
        .where(col(SignInCode.digest) == row.digest, col(SignInCode.used_at).is_(None))
        .where(col(SignInCode.expires_at) > now())
        .values(used_at=now())
    )
    return await users.user(session, row.user) if used.rowcount == 1 else None


async def _begin(session: AsyncSession, user: User) -> _Begun:
    """A session of the page for the user."""
    cookie, row = _new_session(user.name)
    session.add(row)
    begun = _Begun(user, row, cookie, first=await first.nobody_yet(session))
    record(session, user.name, "sign-in", owner=user.name, outcome="done", via="session")
    await session.flush()
    return begun


def _new_session(user: str) -> tuple[str, WebSession]:
    cookie = new_code()
    expires = now() + SESSION_LIVES
    return cookie, WebSession(digest=digest(cookie), user=user, csrf=new_code(), expires_at=expires)
