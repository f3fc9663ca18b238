"""The audit log, as far as the caller may see it."""

from __future__ import annotations

from control_api.audit import repository
from control_api.audit.schemas import Audit, AuditEntry
from control_api.caller import Caller
from control_api.kit.paging import Paging
from control_api.platform import Platform


class AuditService:
    """The calls on the audit log."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database

    async def list(self, caller: Caller, paging: Paging, bot: str | None) -> Audit:
        async with self._database.reading() as session:
            rows = await repository.entries(
                session,
                owners=caller.owners,
                user=caller.user,
                bot=bot,
                before=paging.number(),
                limit=paging.limit + 1,
            )
        kept, cursor = paging.page(rows, lambda row: row.id)
        return Audit(
            items=[AuditEntry.model_validate(row, from_attributes=True) for row in kept], next_cursor=cursor
        )
