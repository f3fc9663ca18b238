"""API tokens: making, checking, listing, revoking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models, rights
from control_api.audit.repository import record
from control_api.caller import Caller
from control_api.kit.paging import Paging
from control_api.kit.problems import ForbiddenError, NoRoomError, NotFoundError, NotSignedInError
from control_api.kit.requests import source
from control_api.kit.tokens import digest, new_id, new_token
from control_api.models import Role, now
from control_api.platform import Platform
from control_api.sign_in import throttle
from control_api.tokens import repository
from control_api.tokens.schemas import MadeToken, NewToken, Token
from control_api.tokens.schemas import Tokens as TokensPage
from control_api.users import repository as users

_LAST_USED_EVERY = timedelta(minutes=1)
_LONGEST = 300


@dataclass(frozen=True)
class CheckedToken:
    """A token and whose it is."""

    user: models.User
    token: models.Token
    roles: Mapping[str, Role]


class Tokens:
    """The calls on API tokens."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._bells = platform.bells

    async def check(self, request: Request, token: str) -> CheckedToken:
        """The token's row and user; a wrong one is counted and refused."""
        async with self._database.reading() as session:
            row = await repository.by_digest(session, digest(token)) if len(token) <= _LONGEST else None
            user = await users.user(session, row.user) if row is not None else None
            roles = await users.roles(session, user.name) if user is not None else {}
        if row is None or user is None or not row.is_valid:
            wrong = NotSignedInError(
                "The token is unknown, revoked or expired. Make one: `botyard token create`."
            )
            raise await throttle.refuse(self._database, source(request), wrong)
        await self._used(row)
        return CheckedToken(user, row, roles)

    async def _used(self, row: models.Token) -> None:
        # Once a minute is enough to see whether a token is in use, and spares a write with every call.
        if row.last_used_at is None or now() - row.last_used_at > _LAST_USED_EVERY:
            # Who only reads is answered on a full disk too; who writes hears of it from the write.
            with suppress(NoRoomError):
                async with self._database.writing() as session:
                    fresh = await session.get(models.Token, row.id)
                    if fresh is not None:
                        fresh.last_used_at = now()
                        session.add(fresh)

    async def list(self, caller: Caller, paging: Paging) -> TokensPage:
        async with self._database.reading() as session:
            rows = await repository.of_user(session, caller.user, paging.after, paging.limit + 1)
        kept, cursor = paging.page(rows, lambda row: row.id)
        return TokensPage(items=[Token.model_validate(_fields(row)) for row in kept], next_cursor=cursor)

    async def create(self, caller: Caller, new: NewToken) -> MadeToken:
        beyond = sorted(set(new.scopes) - caller.scopes)
        if beyond:
            lacking = ", ".join(beyond)
            raise ForbiddenError(f"Your own token lacks {lacking}; use one that has it, or leave it out.")
        expires = now() + timedelta(days=new.expires_in_days) if new.expires_in_days else None
        async with self._database.writing() as session:
            token, row = await make(session, caller.user, new.name, new.scopes, expires)
            record(session, caller, "token.create", owner=caller.user, outcome="done", detail=row.id)
        return MadeToken.model_validate({**_fields(row), "token": token})

    async def revoke(self, caller: Caller, token_id: str) -> None:
        async with self._database.writing() as session:
            row = await session.get(models.Token, token_id)
            if row is None or row.user != caller.user or row.revoked_at is not None:
                raise NotFoundError("token")
            row.revoked_at = now()
            session.add(row)
            record(session, caller, "token.revoke", owner=caller.user, outcome="done", detail=row.id)
        rights.told(self._bells)


async def make(
    session: AsyncSession, user: str, name: str, scopes: Collection[str], expires: datetime | None = None
) -> tuple[str, models.Token]:
    """A new token and its row."""
    token = new_token()
    row = models.Token(
        id=new_id("tok"),
        user=user,
        name=name,
        digest=digest(token),
        scopes=sorted(set(scopes)),
        expires_at=expires,
    )
    session.add(row)
    await session.flush()
    return token, row


def _fields(row: models.Token) -> dict[str, object]:
    return row.model_dump(exclude={"digest", "user"})
