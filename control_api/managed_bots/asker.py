"""Who asked for a bot, as who calls: what they asked for is done later, in their name."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.caller import ALL_SCOPES, Caller
from control_api.users import repository as users


async def caller_of(session: AsyncSession, name: str) -> Caller | None:
    """The user with the rights that they have now; None for one who may not sign in any more."""
    user = await users.user(session, name)
    if user is None:
        return None
    return Caller(
        user=user.name,
        operator=user.operator,
        scopes=ALL_SCOPES,
        via="telegram",
        email=user.email,
        roles=await users.roles(session, user.name),
    )
