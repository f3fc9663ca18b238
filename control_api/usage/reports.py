"""Takes in the runtime's reports: at least once from there, counted once here by their ids."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from agent_runtime.failpoints import failpoint
from agent_runtime.hive_client import HiveAwayError, HiveClient, HiveError
from control_api.database import Database
from control_api.kit.bells import Bells
from control_api.models import Event, UsageEntry, now
from control_api.usage import activity

log = structlog.get_logger()

_EVERY = 1.0
_PAGE = 500


class Reports:
    """Pulls reports until cancelled."""

    def __init__(self, database: Database, bells: Bells, hive: HiveClient) -> None:
        self._database = database
        self._bells = bells
        self._hive = hive

    async def run(self) -> None:
        while True:
            try:
                full = await self.once()
            except (HiveAwayError, HiveError) as error:
                log.debug("reports_wait", reason=str(error))
                full = False
            if not full:
                await asyncio.sleep(_EVERY)

    async def once(self) -> bool:
        """One page of reports; whether there may be more."""
        # Always from the beginning: the hive keeps what is not acknowledged, and its numbers may begin anew.
        reports = await self._hive.reports(0, _PAGE)
        if not reports:
            return False
        upto = int(reports[-1]["seq"])
        async with self._database.writing() as session:
            usage = [report for report in reports if report["kind"] == "usage"]
            await _count(session, usage)
            for report in reports:
                if report["kind"] != "usage":
                    await _tell(session, report)
            counted = {str(report["bot"]) for report in usage}
            session.add_all(Event(bot=bot, event="bot") for bot in sorted(counted))
        failpoint("reports.taken")
        await self._hive.acknowledge_reports(upto)
        self._bells.ring("bots", *{f"bot:{report['bot']}" for report in reports})
        return len(reports) == _PAGE


async def _count(session: AsyncSession, reports: Iterable[Mapping[str, Any]]) -> None:
    """Count turns that were not counted before: one question and one insertion for all of them."""
    new = {str(report["id"])[:100]: report for report in reports}
    if not new:
        return
    known = await session.exec(select(UsageEntry.report).where(col(UsageEntry.report).in_(new)))
    for identity in known:
        del new[identity]
    for identity, report in new.items():
        bot = str(report["bot"])
        entry = _usage(identity, bot, report.get("at"), dict(report.get("data") or {}))
        session.add(entry)
        with session.no_autoflush:
            await activity.count(session, bot, entry.at)
    await session.flush()


async def _tell(session: AsyncSession, report: Mapping[str, Any]) -> None:
    """Make an event of a report that is not yet one."""
    bot = str(report["bot"])
    if not await _known(session, bot, report):
        told = {**(report.get("data") or {}), "report": report["id"]}
        session.add(Event(bot=bot, event=str(report["kind"])[:32], data=told))
        await session.flush()


async def _known(session: AsyncSession, bot: str, report: Mapping[str, Any]) -> bool:
    """Whether a report that comes again, because it was not acknowledged, was made an event before."""
    query = select(Event.data).where(Event.bot == bot, Event.event == str(report["kind"])[:32])
    newest = await session.exec(query.order_by(col(Event.id).desc()).limit(_PAGE))
    return any(data.get("report") == report["id"] for data in newest)


def _usage(identity: str, bot: str, at: Any, data: Mapping[str, Any]) -> UsageEntry:
    return UsageEntry(
        report=identity,
        bot=bot,
        owner=bot.partition(".")[0],
        at=_moment(data.get("at") or at),
        model=str(data.get("model") or "")[:200],
        input_tokens=int(data.get("tokens_in") or 0),
        output_tokens=int(data.get("tokens_out") or 0),
        usd=float(data.get("usd") or 0.0),
    )


def _moment(at: Any) -> datetime:
    if isinstance(at, int | float):
        return datetime.fromtimestamp(at, UTC)
    try:
        found = datetime.fromisoformat(str(at))
    except ValueError:
        return now()
    return found if found.tzinfo else found.replace(tzinfo=UTC)
