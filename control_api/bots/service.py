"""Reading bots."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from agent_runtime.hive_client import HiveAwayError, HiveError
from control_api import models
from control_api.bots import index, repository
from control_api.bots.repository import Wanted
from control_api.bots.schemas import Bot, Bots, Phase, Process
from control_api.bots.views import Newest, view
from control_api.caller import Caller
from control_api.kit.names import bot_id as parse
from control_api.kit.paging import Paging, encode
from control_api.kit.problems import NotFoundError
from control_api.operations import repository as operations
from control_api.operations.plan import ENDED
from control_api.operations.schemas import Operation
from control_api.platform import Platform

# `list` is one of the calls below.
Shown = list[Bot]
_SOON = 1.0  # seconds
_MOST_LOOKED_AT = 500  # bots


class BotService:
    """The reads of bots."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._inner = platform.engine.inner
        self._public_url = platform.settings.public_url

    async def list(self, paging: Paging, wanted: Wanted, phases: Collection[Phase] = ()) -> Bots:
        """A page of bots. Only those in `phases`, if any are given: the page may then be short, or empty."""
        async with self._database.reading() as session:
            event = await operations.last_event(session)
            if phases:
                items, cursor = await self._in_phases(session, paging, wanted, phases)
                return Bots(items=items, next_cursor=cursor, event=event)
            total = None if paging.after else await repository.count_wanted(session, wanted)
            rows = await repository.bots(session, wanted, paging.after, paging.limit + 1)
            kept, cursor = paging.page(rows, lambda row: row.id)
            items = await self._views(session, kept)
            return Bots(items=items, next_cursor=cursor, total=total, event=event)

    async def _in_phases(
        self, session: AsyncSession, paging: Paging, wanted: Wanted, phases: Collection[Phase]
    ) -> tuple[Shown, str | None]:
        # A phase is worked out of several tables. One request looks at so many bots; the next goes on.
        rows = await repository.bots(session, wanted, paging.after, _MOST_LOOKED_AT + 1)
        found = [
            bot for bot in await self._views(session, rows[:_MOST_LOOKED_AT]) if bot.status.phase in phases
        ]
        kept, cursor = paging.page(found, lambda bot: bot.id)
        if cursor is None and len(rows) > _MOST_LOOKED_AT:
            cursor = encode(rows[_MOST_LOOKED_AT - 1].id)
        return list(kept), cursor

    async def get(self, caller: Caller, bot_id: str) -> Bot:
        """A bot that the caller may see; any other is as if it did not exist."""
        wanted = parse(bot_id)
        caller.check_readable(wanted.owner)
        found = await self.find(str(wanted))
        if found is None:
            raise NotFoundError("bot")
        return found

    async def read(self, caller: Caller, bot_id: str) -> Bot:
        """The same, with what its process takes just now."""
        bot = await self.get(caller, bot_id)
        bot.status.process = await self._process(bot.id)
        return bot

    async def writable(self, caller: Caller, bot_id: str) -> Bot:
        """A bot that the caller may change."""
        bot = await self.get(caller, bot_id)
        caller.check_writable(bot.owner)
        return bot

    async def views_of(self, bot_ids: Collection[str]) -> Shown:
        """Those of the bots that there are, whoever asks."""
        async with self._database.reading() as session:
            rows = await index.rows_of(session, list(bot_ids))
            return await self._views(session, list(rows.values()))

    async def find(self, bot_id: str) -> Bot | None:
        """The bot as it is, whoever asks."""
        async with self._database.reading() as session:
            row = await repository.bot(session, bot_id)
            return (await self._views(session, [row]))[0] if row is not None else None

    async def written(self, bot_id: str, operation: Operation) -> Bot:
        """The bot after a write; one that is gone already is shown as it ended."""
        found = await self.find(bot_id)
        if found is not None:
            return found
        owner, _, name = bot_id.partition(".")
        row = models.Bot(id=bot_id, owner=owner, name=name, gone=True)
        return view(row, models.BotStatus(bot=bot_id, operation=operation.id), None, "")

    async def _process(self, bot_id: str) -> Process | None:
        try:
            async with asyncio.timeout(_SOON):
                status = await self._inner.status(bot_id)
        except (HiveAwayError, HiveError, TimeoutError):
            return None
        memory, woken = status.get("memory"), status.get("woken_at")
        return Process(
            memory_mib=round(memory / 2**20, 1) if memory is not None else None,
            woken_at=datetime.fromtimestamp(woken, UTC) if woken is not None else None,
            wake_ms=status.get("wake_ms"),
        )

    async def _views(self, session: AsyncSession, rows: Sequence[models.Bot]) -> Shown:
        ids = [row.id for row in rows]
        statuses = await repository.statuses(session, ids)
        newest = await operations.newest(session, ids)
        unowned = await repository.unowned(session, rows)
        going = [each.id for each in newest.values() if each.state not in ENDED]
        steps = await operations.steps(session, going)
        return [
            view(
                row,
                statuses.get(row.id),
                Newest.of(newest[row.id], steps.get(newest[row.id].id, ())) if row.id in newest else None,
                self._public_url,
                owned=row.owner not in unowned,
            )
            for row in rows
        ]
