"""What the engine last reported: in memory for those who wait, in the database for those who ask later."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.audit import repository as audit
from control_api.bots import index
from control_api.database import Database
from control_api.engines.protocol import Status
from control_api.kit.bells import Bells
from control_api.models import BotStatus, Event, now
from control_api.operations import plan, repository

log = structlog.get_logger()

ENGINE_BELL = "engine"
_REMEMBERED = 10_000
_WRITE_EVERY = 0.1  # seconds between two writes
# Kubernetes knows who it was, in an audit log of its own.
_SOMEBODY = "somebody on the cluster"
_HEALED = frozenset({"live", "idle"})


class World:
    """The running world as reported. It takes in what `Engine` watches."""

    def __init__(self, database: Database, bells: Bells) -> None:
        self._database = database
        self._bells = bells
        self.tips: dict[str, str] = {}
        # As JSON, a quarter of the size: there is one for each bot, and few are looked at.
        self._statuses: dict[str, bytes] = {}
        self.is_complete = False
        self._commits: OrderedDict[str, None] = OrderedDict()
        self._refused: dict[str, tuple[str, str | None]] = {}
        self._seen: set[str] = set()
        self._changed: dict[str, Status | None] = {}
        self._some_gone = False
        self._awake = asyncio.Event()

    def is_applied(self, commit: str) -> bool:
        """Whether the engine named this very commit as applied."""
        return commit in self._commits

    def status_of(self, bot: str) -> Status | None:
        """How the bot was when the engine last spoke of it; None if it does not run."""
        told = self._statuses.get(bot)
        return None if told is None else json.loads(told)

    def refusal(self, bot: str, revision: str | None) -> str | None:
        """Why the engine does not run this revision of the bot, if it said so."""
        reason, refused = self._refused.get(bot, (None, None))
        return reason if refused in (None, revision) else None

    async def applied(self, branch: str, commit: str, commits: Sequence[str], bots: Sequence[str]) -> None:
        self.tips[branch] = commit
        for each in (*commits, commit):
            self._commits[each] = None
            self._commits.move_to_end(each)
        while len(self._commits) > _REMEMBERED:
            self._commits.popitem(last=False)
        self._bells.ring(ENGINE_BELL, *(f"engine:{bot}" for bot in bots))

    async def refused(self, bot: str, reason: str, revision: str | None) -> None:
        self._refused[bot] = (reason, revision)
        self._bells.ring(ENGINE_BELL, f"engine:{bot}")

    async def status(self, status: Status) -> None:
        bot = str(status["id"])
        self._statuses[bot] = json.dumps(status, separators=(",", ":")).encode()
        self._seen.add(bot)
        self._note(bot, status)

    async def removed(self, bot: str) -> None:
        self._statuses.pop(bot, None)
        self._some_gone = True
        self._note(bot, None)

    async def drifted(self, bot: str, what: str) -> None:
        log.warning("bot_drifted", bot=bot, what=what)
        async with self._database.writing() as session:
            session.add(Event(bot=bot, event="drift", data={"what": what}))
            audit.record(
                session, _SOMEBODY, "bot.drift", bot=bot, outcome="put back", detail=what, via="cluster"
            )
        self._bells.ring("bots", f"bot:{bot}")

    async def complete(self) -> None:
        for bot in set(self._statuses) - self._seen:
            await self.removed(bot)
        # Bots may have gone while nobody watched.
        self.is_complete = self._some_gone = True
        self._awake.set()
        self._bells.ring(ENGINE_BELL)

    def begin_watch(self) -> None:
        """A new stream of statuses begins; bots it does not name before `complete` are gone."""
        self._seen = set()
        self.is_complete = False

    def _note(self, bot: str, status: Status | None) -> None:
        self._changed[bot] = status
        self._awake.set()
        self._bells.ring(ENGINE_BELL, f"engine:{bot}")

    async def keep(self) -> None:
        """Stores what was reported, many bots a transaction, until cancelled.

        What comes alone is stored at once; while many bots stir, a write waits for more of them.
        """
        loop, due = asyncio.get_running_loop(), 0.0
        while True:
            await self._awake.wait()
            await asyncio.sleep(max(0.0, due - loop.time()))
            due = loop.time() + _WRITE_EVERY
            self._awake.clear()
            changed, self._changed = self._changed, {}
            some_gone, self._some_gone = self._some_gone, False
            try:
                async with self._database.writing() as session:
                    told = await _store(session, changed)
                    if some_gone and self.is_complete:
                        told += await index.finish_gone(session, self._statuses)
            except BaseException:
                self._changed = {**changed, **self._changed}
                self._some_gone |= some_gone
                self._awake.set()
                raise
            self._bells.ring("bots", *(f"bot:{bot}" for bot in told))


async def _store(session: AsyncSession, changed: Mapping[str, Status | None]) -> list[str]:
    query = select(BotStatus).where(col(BotStatus.bot).in_(list(changed)))
    rows = {row.bot: row for row in await session.exec(query)}
    told = []
    for bot, status in changed.items():
        if status is None:
            continue
        row = rows.get(bot) or BotStatus(bot=bot)
        fresh = _fields(status)
        if all(getattr(row, name) == value for name, value in fresh.items()):
            continue
        for name, value in fresh.items():
            setattr(row, name, value)
        await _heal(session, row)
        row.updated_at = now()
        session.add(row)
        session.add(Event(bot=bot, event="bot", data={"phase": row.phase}))
        told.append(bot)
    return told


def _fields(status: Status) -> dict[str, Any]:
    """The columns that a status changes. One without channels says nothing new of them."""
    fields = {
        "phase": str(status.get("phase") or "pending")[:16],
        "reason": status.get("reason"),
        "next_step": status.get("next_step"),
        "revision": status.get("revision"),
        "worker": str(status.get("worker") or "none")[:16],
    }
    if "channels" in status:
        fields["channels"] = {name: dict(state) for name, state in status["channels"].items()}
    return fields


async def _heal(session: AsyncSession, row: BotStatus) -> None:
    """A bot that failed to start or connect and does so now is well again; a bad answer is not healed so.

    One whose commit was not applied is well once it runs as that commit says.
    """
    if row.phase not in _HEALED:
        return
    healed = row.failed_step in {plan.STARTED, plan.CONNECTED}
    if row.failed_step == plan.SYNCED and row.revision is not None:
        late = await repository.operation(session, row.operation or "")
        healed = late is not None and late.revision == row.revision
    if healed:
        row.failed_step, row.failure, row.remedy = None, None, None
