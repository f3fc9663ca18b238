"""What the calls on the audit log answer."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from control_api.kit.paging import Page


class AuditEntry(BaseModel):
    """Who did what."""

    id: int
    at: datetime
    actor: str
    via: str
    action: str
    bot: str | None = None
    operation: str | None = None
    outcome: str
    detail: str | None = None


class Audit(Page[AuditEntry]):
    """A page of the audit log, newest first."""
