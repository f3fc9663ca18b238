"""Turns, their journal and the outbox, in SQL."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agent_runtime.store.backend import Connection
from agent_runtime.store.ledger.database import Database
from agent_runtime.store.ledger.records import Exchange, Part, PartState, Step, Turn, TurnState, storable

_COLUMNS = "key, conversation, channel, sender, text, at, state, reply, finish, usage"

_LARGEST_ROWID = 2**63 - 1
_CONVERSATION = ("conversation", "channel", "turns", "last_at")
# The row of its newest turn tells apart conversations of the same moment; it is short, as no name has to be.
_CONVERSATIONS = (
    "SELECT conversation, max(channel), count(*), max(at) AS last_at, max(rowid) AS newest FROM turns"
    " WHERE remembered = 1 GROUP BY conversation HAVING (max(at), max(rowid)) < (?, ?)"
    " ORDER BY last_at DESC, newest DESC LIMIT ?"
)


def _place(text: str) -> tuple[float, int]:
    """Where a page of conversations ended."""
    last_at, _, newest = text.partition("~")
    if len(text) > 60 or not newest.isdecimal() or not math.isfinite(float(last_at)):
        raise ValueError("not a place in the list of conversations")
    return float(last_at), min(int(newest), _LARGEST_ROWID)


def _dump(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _load(connection: Connection, key: str) -> Turn | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM turns WHERE key = ?", (key,)).fetchone()  # noqa: S608
    if row is None:
        return None
    found = connection.execute("SELECT n, payload, state FROM parts WHERE key = ? ORDER BY n", (key,))
    parts = tuple(Part(n, json.loads(payload), PartState(state)) for n, payload, state in found)
    steps = connection.execute("SELECT kind, data FROM steps WHERE key = ? ORDER BY n", (key,))
    journal = tuple(Step(kind, json.loads(data)) for kind, data in steps)
    *head, state, reply, finish, usage = row
    key, conversation, channel, sender, text, at = head
    done = TurnState(state), reply, finish, json.loads(usage), parts, journal
    return Turn(key, conversation, channel, sender, text, at, *done)


def journal_step(connection: Connection, key: str, step: Step) -> None:
    """Behind the steps that a turn has already."""
    data = storable(json.dumps(step.data, ensure_ascii=False))
    connection.execute(
        "INSERT INTO steps (key, n, kind, data)"
        " SELECT ?, coalesce(max(n), 0) + 1, ?, ? FROM steps WHERE key = ?",
        (key, step.kind, data, key),
    )


class SqlTurns:
    """`Turns` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, turn: Turn) -> Turn:
        def work(connection: Connection) -> Turn:
            stored = _load(connection, turn.key)
            if stored is not None:
                return stored
            row = (
                turn.key,
                turn.conversation,
                turn.channel,
                turn.sender,
                storable(turn.text),
                turn.at,
                turn.state,
            )
            connection.execute(
                "INSERT INTO turns (key, conversation, channel, sender, text, at, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            return turn

        return await self._database.run(work)

    async def amend(self, key: str, text: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                "UPDATE turns SET text = ? WHERE key = ? AND state = 'open'", (storable(text), key)
            )

        await self._database.run(work)

    async def journal(self, key: str, step: Step) -> None:
        await self._database.run(lambda connection: journal_step(connection, key, step))

    async def answer(
        self,
        key: str,
        reply: str,
        finish: str,
        usage: Mapping[str, Any],
        payloads: Sequence[Mapping[str, Any]],
        remembered: bool = True,
    ) -> Turn:
        state = TurnState.ANSWERED if payloads else TurnState.DONE

        def work(connection: Connection) -> Turn:
            changed = connection.execute(
                "UPDATE turns SET reply = ?, finish = ?, usage = ?, state = ?, remembered = ?"
                " WHERE key = ? AND state = 'open'",
                (storable(reply), finish, _dump(usage), state, int(remembered), key),
            ).rowcount
            if changed:
                connection.execute("DELETE FROM steps WHERE key = ?", (key,))
                connection.executemany(
                    "INSERT INTO parts (key, n, payload, state) VALUES (?, ?, ?, 'ready')",
                    [(key, n, storable(_dump(payload))) for n, payload in enumerate(payloads)],
                )
            turn = _load(connection, key)
            if turn is None:
                raise KeyError(key)
            return turn

        return await self._database.run(work)

    async def history(self, conversation: str, turns: int, *, whole: bool = False) -> list[Exchange]:
        def work(connection: Connection) -> list[Exchange]:
            rows = connection.execute(
                "SELECT text, reply, at, finish FROM turns WHERE conversation = ? AND remembered = 1"
                " AND (? OR rowid > (SELECT coalesce(max(rowid), 0) FROM turns"
                " WHERE conversation = ? AND remembered = 1 AND finish = 'reset'))"
                " ORDER BY at DESC, rowid DESC LIMIT ?",
                (conversation, whole, conversation, turns),
            ).fetchall()
            return [Exchange(*row) for row in reversed(rows)]

        return await self._database.run(work)

    async def taken_since(self, sender: str, at: float) -> int:
        def work(connection: Connection) -> int:
            row = connection.execute(
                "SELECT count(*) FROM turns WHERE sender = ? AND at > ? AND usage <> '{}'", (sender, at)
            ).fetchone()
            return int(row[0])

        return await self._database.run(work)

    async def conversations(
        self, limit: int, after: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        place = (math.inf, 0) if after is None else _place(after)

        def work(connection: Connection) -> tuple[list[dict[str, Any]], str | None]:
            rows = connection.execute(_CONVERSATIONS, (*place, limit + 1)).fetchall()
            items = [dict(zip(_CONVERSATION, row, strict=False)) for row in rows[:limit]]
            last_at, newest = rows[limit - 1][3:] if len(rows) > limit else (0.0, 0)
            return items, f"{last_at!r}~{newest}" if len(rows) > limit else None

        return await self._database.run(work)

    async def erase(self, conversation: str) -> int:
        return await self._database.run(lambda c: _forget(c, "conversation = ?", conversation))

    async def prune(self, words_before: float, keys_before: float) -> None:
        def work(connection: Connection) -> None:
            _forget(connection, "at < ? AND state = 'done'", words_before)
            connection.execute("DELETE FROM turns WHERE at < ? AND state = 'done'", (keys_before,))

        await self._database.run(work)


def _forget(connection: Connection, which: str, value: str | float) -> int:
    """Blank the words of turns; parts that are still on their way out are dropped with them."""
    keys = f"SELECT key FROM turns WHERE {which}"  # noqa: S608 - `which` is one of the two above
    connection.execute(f"DELETE FROM steps WHERE key IN ({keys})", (value,))  # noqa: S608
    connection.execute(f"DELETE FROM parts WHERE key IN ({keys})", (value,))  # noqa: S608
    erased = connection.execute(f"UPDATE turns SET remembered = 0 WHERE {which} AND remembered = 1", (value,))  # noqa: S608
    connection.execute(
        f"UPDATE turns SET text = '', reply = '', state = 'done' WHERE {which} AND state <> 'open'",  # noqa: S608
        (value,),
    )
    return erased.rowcount


class SqlOutbox:
    """`Outbox` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mark(self, key: str, n: int, state: PartState, platform_id: str | None = None) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                "UPDATE parts SET state = ?, platform_id = coalesce(?, platform_id) WHERE key = ? AND n = ?",
                (state, platform_id, key, n),
            )
            connection.execute(
                "UPDATE turns SET state = 'done' WHERE key = ? AND state = 'answered' AND NOT EXISTS"
                " (SELECT 1 FROM parts WHERE parts.key = turns.key AND state IN ('ready', 'sending'))",
                (key,),
            )

        await self._database.run(work)

    async def unsent(self, conversation: str) -> list[Turn]:
        def work(connection: Connection) -> list[Turn]:
            rows = connection.execute(
                "SELECT key FROM turns WHERE state = 'answered' AND conversation = ? ORDER BY at, rowid",
                (conversation,),
            ).fetchall()
            return [turn for row in rows if (turn := _load(connection, row[0])) is not None]

        return await self._database.run(work)
