"""Books pushes in the audit log, by the notes that the hook leaves in the repository.

A note is dropped only once its entry is stored, so that a crash loses no push and no pusher.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.audit.repository import record
from control_api.database import Database
from control_api.fleet import Fleet
from control_api.models import AuditEntry
from gitops import layout, pushes

log = structlog.get_logger()

ACTION = "git.push"
_EVERY = 60.0
# Longer than a push that a crash left behind can last; what has not moved `main` by then never will.
_GIVEN_UP_AFTER = 600.0
# An entry stored just before a crash is among the newest.
_LOOK_BACK = 1000


class Pushes:
    """Books each push once."""

    def __init__(self, fleet: Fleet, database: Database) -> None:
        self._fleet = fleet
        self._database = database
        self._one_at_a_time = asyncio.Lock()
        self._began = time.time()
        self._running = 0
        self._booked: Counter[str] = Counter()

    async def follow(self, user: str, push: Callable[[], Awaitable[None]]) -> None:
        """Lets a push run and books how it ended."""
        before = self._booked[user]
        self._running += 1
        try:
            await push()
        finally:
            self._running -= 1
        await self.book()
        if self._booked[user] == before:
            await self._refused(user)

    async def run(self) -> None:
        """Books what a crash or a broken connection left, until cancelled."""
        while True:
            await self.book()
            await asyncio.sleep(_EVERY)

    async def book(self) -> None:
        """Books every push that has moved `main`."""
        async with self._one_at_a_time:
            for note in await asyncio.to_thread(pushes.notes, self._fleet.path):
                if await self._fleet.objects.contains(layout.MAIN, note.new):
                    await self._book(note)
                elif not self._has_failed(note):
                    continue
                note.path.unlink()

    def _has_failed(self, note: pushes.Note) -> bool:
        """Whether its push is over: its commit may still come to `main`, but by another push."""
        ours = note.at > self._began
        return (ours and self._running == 0) or time.time() - note.at > _GIVEN_UP_AFTER

    async def _refused(self, user: str) -> None:
        async with self._database.writing() as session:
            record(session, user, ACTION, outcome="refused or nothing new", via="git")
        log.info("git_push", user=user, moved=False)

    async def _book(self, note: pushes.Note) -> None:
        detail = f"main {note.old[:12]}..{note.new[:12]}"
        async with self._database.writing() as session:
            if not await _is_booked(session, note.user, detail):
                record(session, note.user, ACTION, outcome="done", via="git", detail=detail)
        self._booked[note.user] += 1
        log.info("git_push", user=note.user, moved=True)


async def _is_booked(session: AsyncSession, user: str, detail: str) -> bool:
    newest = (await session.exec(select(func.max(AuditEntry.id)))).one() or 0
    query = select(AuditEntry.id).where(col(AuditEntry.id) > newest - _LOOK_BACK)
    query = query.where(AuditEntry.action == ACTION, AuditEntry.actor == user, AuditEntry.detail == detail)
    return (await session.exec(query)).first() is not None
