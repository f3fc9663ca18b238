"""What a reader may see by now: a stream outlasts the call that opened it, and rights end."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.caller import Caller
from control_api.database import Database
from control_api.kit.bells import EVERYBODY, Bells
from control_api.kit.problems import NotSignedInError
from control_api.models import Token, WebSession
from control_api.users import repository as users

_OVER = (
    "Your token or your session has ended meanwhile. Sign in again, or make a token: `botyard token create`."
)


async def renewed(database: Database, caller: Caller) -> Caller:
    """The caller with the rights that they have now.

    NotSignedInError once the token, the session or the user is not valid any more; ForbiddenError without the
    scope to read.
    """
    async with database.reading() as session:
        scopes = await _scopes(session, caller)
        user = await users.user(session, caller.user)
        roles = await users.roles(session, caller.user)
    if scopes is None or user is None:
        raise NotSignedInError(_OVER)
    present = replace(caller, operator=user.operator, scopes=scopes, roles=roles)
    present.check_scope("bots:read")
    return present


async def check_still_reads(database: Database, caller: Caller, owner: str) -> None:
    """Raises what the caller would be answered who asked for a bot of the owner now."""
    (await renewed(database, caller)).check_readable(owner)


def told(bells: Bells) -> None:
    """After somebody's rights have changed: every stream looks whether it may go on."""
    bells.ring(EVERYBODY)


async def _scopes(session: AsyncSession, caller: Caller) -> frozenset[str] | None:
    """The scopes of what the caller called with; None once that is not valid any more."""
    if caller.via == "token":
        token = await session.get(Token, caller.credential)
        return frozenset(token.scopes) if token is not None and token.is_valid else None
    row = await session.get(WebSession, caller.credential)
    return caller.scopes if row is not None and row.is_valid else None
