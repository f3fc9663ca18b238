"""What a bot spends, in SQL."""

from __future__ import annotations

import secrets
from typing import Any

from agent_runtime.store.backend import Connection
from agent_runtime.store.ledger.database import Database
from agent_runtime.store.ledger.records import Limits, Step, Used, utc_day
from agent_runtime.store.ledger.sql_turns import journal_step

_LOST = "unknown"


class SqlSpend:
    """`Spend` in SQL. What a dead worker had reserved is taken as spent: it may have been charged."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Ours are numbered by us: so a reservation that is made again is the same one, and what has a number
        # that is not here was a dead worker's.
        self._held: set[int] = set()
        self._swept = False

    async def reserve(self, key: str, at: float, tokens: int, usd: float, limits: Limits) -> int | str:
        day, number = utc_day(at), secrets.randbits(53)
        self._held.add(number)

        def work(connection: Connection) -> int | str:
            if not self._swept:
                _sweep(connection, tuple(self._held))
            spent = connection.execute(
                "SELECT coalesce(sum(tokens_in + tokens_out), 0), coalesce(sum(usd), 0)"
                " FROM spend WHERE day = ?",
                (day,),
            ).fetchone()
            held = connection.execute(
                "SELECT coalesce(sum(tokens), 0), coalesce(sum(usd), 0) FROM reservations"
                " WHERE day = ? AND id <> ?",
                (day, number),
            ).fetchone()
            if spent[0] + held[0] + tokens > limits.tokens:
                return "tokens_per_day"
            if usd > 0 and spent[1] + held[1] + usd > limits.usd:
                return "usd_per_day"
            connection.execute(
                "INSERT INTO reservations (id, key, day, tokens, usd) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (number, key, day, tokens, usd),
            )
            return number

        found = await self._database.run(work)
        self._swept = True
        if isinstance(found, str):
            self._held.discard(number)
        return found

    async def settle(self, reservation: int, used: Used | None, step: Step | None = None) -> None:
        def work(connection: Connection) -> None:
            row = connection.execute(
                "DELETE FROM reservations WHERE id = ? RETURNING day, key", (reservation,)
            ).fetchone()
            if row is None:
                return
            if used is not None:
                _add(connection, row[0], used)
            if step is not None:
                journal_step(connection, row[1], step)

        await self._database.run(work)
        self._held.discard(reservation)

    async def totals(self, day: str) -> dict[str, Any]:
        names = ("calls", "tokens_in", "tokens_out", "unpriced_tokens", "usd")

        def work(connection: Connection) -> dict[str, Any]:
            rows = connection.execute(
                "SELECT model, calls, tokens_in, tokens_out, unpriced_tokens, usd FROM spend WHERE day = ?"
                " ORDER BY model",
                (day,),
            ).fetchall()
            models = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}
            total = {name: sum(model[name] for model in models.values()) for name in names}
            return {"day": day, **total, "models": models}

        return await self._database.run(work)


def _sweep(connection: Connection, held: tuple[int, ...]) -> None:
    marks = ", ".join("?" * len(held))
    rows = connection.execute(
        f"DELETE FROM reservations WHERE id NOT IN ({marks}) RETURNING day, tokens, usd",  # noqa: S608
        held,
    ).fetchall()
    for day, tokens, usd in rows:
        _add(connection, day, Used(_LOST, tokens, 0, usd, estimated=True))


def _add(connection: Connection, day: str, used: Used) -> None:
    connection.execute(
        "INSERT INTO spend (day, model, calls, tokens_in, tokens_out, unpriced_tokens, usd)"
        " VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET calls = spend.calls + 1,"
        " tokens_in = spend.tokens_in + excluded.tokens_in,"
        " tokens_out = spend.tokens_out + excluded.tokens_out,"
        " unpriced_tokens = spend.unpriced_tokens + excluded.unpriced_tokens, usd = spend.usd + excluded.usd",
        (
            day,
            used.model,
            used.tokens_in,
            used.tokens_out,
            used.tokens if used.usd is None else 0,
            used.usd or 0.0,
        ),
    )
