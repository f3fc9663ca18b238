"""The inbox in SQL that SQLite and Postgres share, with one writer and group commit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from agent_runtime.mail import Mail
from agent_runtime.store.backend import Backend, Connection, Rows
from agent_runtime.store.inbox import BotRecord, Report
from agent_runtime.store.writer import Writer

_PUT_BOT = (
    "INSERT INTO bot (id, revision, summary) VALUES (?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, summary = excluded.summary"
)
_SUBMIT = (
    "INSERT INTO mail (bot, key, channel, conversation, sender, payload, received_at, attempt) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (bot, key) DO NOTHING"
)
_WAITING = (
    "SELECT key, bot, channel, conversation, sender, payload, received_at, attempt "
    "FROM mail WHERE closed_at IS NULL ORDER BY seq"
)
_REPORT = "INSERT INTO report (id, kind, bot, at, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_CLOSE = "UPDATE mail SET closed_at = ?, aside = ?, payload = '{}' WHERE bot = ? AND key = ?"
_SET_ASIDE = "UPDATE mail SET closed_at = ?, aside = ? WHERE bot = ? AND key = ?"


class SqlInbox:
    """An `Inbox`; made with a running event loop."""

    def __init__(self, backend: Backend) -> None:
        self._writer = Writer(backend)

    async def aclose(self) -> None:
        await self._writer.aclose()

    async def put_bot(self, record: BotRecord) -> None:
        await self._write(_PUT_BOT, record.bot, record.revision, json.dumps(record.summary))

    async def remove_bot(self, bot: str) -> None:
        def job(connection: Connection) -> None:
            connection.execute("DELETE FROM bot WHERE id = ?", (bot,))
            connection.execute("DELETE FROM mail WHERE bot = ?", (bot,))

        await self._writer.run(job)

    async def bots(self) -> list[BotRecord]:
        rows = await self._read("SELECT id, revision, summary FROM bot ORDER BY id")
        return [BotRecord(bot, revision, json.loads(summary)) for bot, revision, summary in rows]

    async def submit(self, mail: Sequence[Mail]) -> list[bool]:
        rows = [
            (
                m.bot,
                m.key,
                m.channel,
                m.conversation,
                m.sender,
                m.payload,
                m.received_at,
                m.attempt,
            )
            for m in mail
        ]
        # Looked at after the commit only: so a backend may send all that it has before it reads an answer.
        inserted = await self._writer.run(partial(_insert, rows=rows))
        return [each.rowcount == 1 for each in inserted]

    async def waiting(self) -> list[Mail]:
        rows = await self._read(_WAITING)
        return [_mail(*row) for row in rows]

    async def count_attempt(self, bot: str, key: str) -> None:
        await self._write("UPDATE mail SET attempt = attempt + 1 WHERE bot = ? AND key = ?", bot, key)

    async def retire(self, bot: str, key: str, at: float) -> None:
        await self._write(_CLOSE, at, None, bot, key)

    async def set_aside(self, bot: str, key: str, at: float, reason: str) -> None:
        await self._write(_SET_ASIDE, at, reason, bot, key)

    async def sweep(self, before: float) -> int:
        dropped = await self._writer.run(
            lambda connection: connection.execute("DELETE FROM mail WHERE closed_at < ?", (before,))
        )
        return dropped.rowcount

    async def report(self, report: Report) -> None:
        data = json.dumps(report.data)
        await self._write(_REPORT, report.id, report.kind, report.bot, report.at, data)

    async def reports(self, after: int, limit: int) -> list[Report]:
        rows = await self._read(
            "SELECT id, kind, bot, at, data, seq FROM report WHERE seq > ? ORDER BY seq LIMIT ?", after, limit
        )
        return [
            Report(report, kind, bot, at, json.loads(data), seq) for report, kind, bot, at, data, seq in rows
        ]

    async def acknowledge(self, upto: int) -> None:
        await self._write("DELETE FROM report WHERE seq <= ?", upto)

    async def _write(self, statement: str, *values: Any) -> None:
        await self._writer.run(lambda connection: connection.execute(statement, values) and None)

    async def _read(self, statement: str, *values: Any) -> list[Any]:
        return await self._writer.run(lambda connection: connection.execute(statement, values).fetchall())


def _mail(*row: Any) -> Mail:
    key, bot, channel, conversation, sender, payload, received_at, attempt = row
    return Mail(key, bot, channel, conversation, sender, payload, received_at, attempt)


def _insert(connection: Connection, rows: list[tuple[Any, ...]]) -> list[Rows]:
    return [connection.execute(_SUBMIT, row) for row in rows]
