"""Whether anybody has signed in here yet: the page receives the first person otherwise than all others."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import AuditEntry

# The oldest entries of the audit log, which is never shortened; looking at no more keeps the answer cheap.
# Where that many things were done without a sign-in, by tokens, Botyard is in use and no visit is the first.
_OLDEST = 50


async def nobody_yet(session: AsyncSession) -> bool:
    """Whether nobody has ever signed in."""
    query = select(AuditEntry.action).order_by(col(AuditEntry.id)).limit(_OLDEST)
    actions = (await session.exec(query)).all()
    return len(actions) < _OLDEST and "sign-in" not in actions
