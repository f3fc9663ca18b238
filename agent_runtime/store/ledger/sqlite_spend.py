"""What a bot spends, on SQLite."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from agent_runtime.store.ledger.database import Database
from agent_runtime.store.ledger.records import Limits, Step, Used, utc_day

_LOST = "unknown"


class SqliteSpend:
    """`Spend` on SQLite. What a dead worker had reserved is taken as spent: it may have been charged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept = False

    async def reserve(self, key: str, at: float, tokens: int, usd: float, limits: Limits) -> int | str:
        day = utc_day(at)

        def work(connection: sqlite3.Connection) -> int | str:
            self._sweep(connection)
            spent = connection.execute(
                "SELECT coalesce(sum(tokens_in + tokens_out), 0), coalesce(sum(usd), 0)"
                " FROM spend WHERE day = ?",
                (day,),
            ).fetchone()
            held = connection.execute(
                "SELECT coalesce(sum(tokens), 0), coalesce(sum(usd), 0) FROM reservations WHERE day = ?",
                (day,),
            ).fetchone()
            if spent[0] + held[0] + tokens > limits.tokens:
                return "tokens_per_day"
            if usd > 0 and spent[1] + held[1] + usd > limits.usd:
                return "usd_per_day"
            row = connection.execute(
                "INSERT INTO reservations (key, day, tokens, usd) VALUES (?, ?, ?, ?) RETURNING id",
                (key, day, tokens, usd),
            ).fetchone()
            return int(row[0])

        return await self._database.run(work)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        if self._swept:
            return
        rows = connection.execute("DELETE FROM reservations RETURNING day, tokens, usd").fetchall()
        for day, tokens, usd in rows:
            _add(connection, day, Used(_LOST, tokens, 0, usd, estimated=True))
        self._swept = True

    async def settle(self, reservation: int, used: Used | None, step: Step | None = None) -> None:
        def work(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "DELETE FROM reservations WHERE id = ? RETURNING day, key", (reservation,)
            ).fetchone()
            if row is None:
                return
            if used is not None:
                _add(connection, row[0], used)
            if step is not None:
                _journal(connection, row[1], step)

        await self._database.run(work)

    async def totals(self, day: str) -> dict[str, Any]:
        names = ("calls", "tokens_in", "tokens_out", "unpriced_tokens", "usd")

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            rows = connection.execute(
                "SELECT model, calls, tokens_in, tokens_out, unpriced_tokens, usd FROM spend WHERE day = ?"
                " ORDER BY model",
                (day,),
            ).fetchall()
            models = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
            total = {name: sum(model[name] for model in models.values()) for name in names}
            return {"day": day, **total, "models": models}

        return await self._database.run(work)


def _journal(connection: sqlite3.Connection, key: str, step: Step) -> None:
    data = json.dumps(step.data, ensure_ascii=False).encode("utf-8", "replace").decode()
    connection.execute(
        "INSERT INTO steps (key, n, kind, data)"
        " SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM steps WHERE key = ?",
        (key, step.kind, data, key),
    )


def _add(connection: sqlite3.Connection, day: str, used: Used) -> None:
    connection.execute(
        "INSERT INTO spend (day, model, calls, tokens_in, tokens_out, unpriced_tokens, usd)"
        " VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET calls = calls + 1,"
        " tokens_in = tokens_in + excluded.tokens_in, tokens_out = tokens_out + excluded.tokens_out,"
        " unpriced_tokens = unpriced_tokens + excluded.unpriced_tokens, usd = usd + excluded.usd",
        (
            day,
            used.model,
            used.tokens_in,
            used.tokens_out,
            used.tokens if used.usd is None else 0,
            used.usd or 0.0,
        ),
    )
