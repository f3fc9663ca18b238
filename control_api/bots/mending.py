"""Looks whether the table of bots is what Git has, and mends it: at a start, every hour, and when asked.

Nothing is rendered for a row that is as it was written and of the version that Git has.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

import structlog
from sqlmodel import col, delete

from agent_runtime.spec import BotId
from control_api.bots import index, raw
from control_api.bots.raw import RawRow
from control_api.database import Database
from control_api.fleet import Fleet
from control_api.kit.bells import Bells
from control_api.models import Bot
from gitops import index as git_index
from gitops.objects import Objects

log = structlog.get_logger()

_LOOK_EVERY = 2.0  # for the tip, which is taken away to ask for all of it anew
_VERIFY_EVERY = 3600.0
# A commit that is just being settled reaches the row before it reaches the tip.
_SECOND_LOOK = 1.0


class Mending:
    """The table of bots of one database against one repository."""

    def __init__(self, database: Database, fleet: Fleet, bells: Bells) -> None:
        self._database = database
        self._fleet = fleet
        self._bells = bells

    async def run(self) -> None:
        """Until cancelled."""
        verify_at = 0.0
        while True:
            async with self._database.reading() as session:
                tip = await index.tip(session)
            if tip is None:
                self._fleet.committer.doubt()
            elif time.monotonic() >= verify_at:
                await self.once()
                verify_at = time.monotonic() + _VERIFY_EVERY
            await asyncio.sleep(_LOOK_EVERY)

    async def once(self) -> list[str]:
        """Mends what is not as Git has it; the bots concerned."""
        first = await wrong_rows(self._database, self._fleet.objects)
        if not first:
            return []
        await asyncio.sleep(_SECOND_LOOK)
        second = await wrong_rows(self._database, self._fleet.objects)
        lasting = sorted(bot for bot, row in second.items() if first.get(bot, row) == row and bot in first)
        if lasting and await self._store_anew(lasting):
            log.warning("index_mended", bots=len(lasting))
            self._bells.ring("bots", *(f"bot:{bot}" for bot in lasting))
        return lasting

    async def _store_anew(self, bots: list[str]) -> bool:
        async with self._database.reading() as session:
            tip = await index.tip(session)
        if tip is None:
            return False
        known = await git_index.versions(self._fleet.objects, tip)
        named = [BotId.parse(bot) for bot in bots if bot in known]
        rows = await git_index.rows_of(self._fleet.objects, tip, named)
        async with self._database.writing() as session:
            if await index.tip(session) != tip:
                # A commit came between; the next look finds what is still wrong.
                return False
            await session.exec(delete(Bot).where(col(Bot.id).in_(bots)))
            await index.store(session, rows, tip, complete=False)
        return True


async def wrong_rows(database: Database, objects: Objects) -> Mapping[str, RawRow | None]:
    """The bots whose rows are not what Git has at the commit that the table shows, with those rows.

    A tip that is no commit here is taken away, whereupon the whole is walked anew.
    """
    async with database.reading() as session:
        tip = await index.tip(session)
        rows = {row.id: row for row in await raw.raw_rows(session)}
    if tip is None:
        return {}
    if await objects.resolve(tip) is None:
        await index.doubt(database)
        return {}
    known = await git_index.versions(objects, tip)
    wrong: dict[str, RawRow | None] = {bot: None for bot in known if bot not in rows}
    for bot, row in rows.items():
        # A row without a version is of a bot whose first commit is to come, one that is gone still runs.
        leaves = row.version != known.get(bot) and not (bot not in known and (row.is_promised or row.is_gone))
        if row.is_damaged or leaves:
            wrong[bot] = row
    return wrong
