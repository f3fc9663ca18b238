"""What `botyard up` asks for on the same machine, from its own process: a sign-in link, a local token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.audit.repository import record
from control_api.caller import ALL_SCOPES
from control_api.database import Database, migrate
from control_api.models import Token, now
from control_api.settings import ControlSettings
from control_api.sign_in.service import make_link
from control_api.tokens.service import make
from control_api.users.schemas import SignInLink
from control_api.users.service import FIRST_OPERATOR, seed

LOCAL_TOKEN = "command line"  # noqa: S105 — the token's name


async def create_sign_in_link(settings: ControlSettings, user: str = FIRST_OPERATOR) -> SignInLink:
    """A single-use link that signs the user in, good for ten minutes."""
    async with _writing(settings) as session:
        record(session, user, "sign-in-link.create", owner=user, outcome="done", via="machine")
        return await make_link(session, user, settings.url)


async def local_token(settings: ControlSettings, user: str = FIRST_OPERATOR) -> str:
    """A new token for the command line of this machine, in place of the one made before."""
    async with _writing(settings) as session:
        await session.exec(
            update(Token)
            .where(col(Token.user) == user, col(Token.name) == LOCAL_TOKEN, col(Token.revoked_at).is_(None))
            .values(revoked_at=now())
        )
        token, row = await make(session, user, LOCAL_TOKEN, ALL_SCOPES)
        record(session, user, "token.create", owner=user, outcome="done", via="machine", detail=row.id)
        return token


@asynccontextmanager
async def _writing(settings: ControlSettings) -> AsyncIterator[AsyncSession]:
    await migrate(settings)
    database = Database(settings.database)
    try:
        async with database.writing() as session:
            await seed(session, settings)
            yield session
    finally:
        await database.aclose()
