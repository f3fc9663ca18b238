"""Copies of the inbox and of ledgers in Postgres: the same rows that `store/copies.py` takes from files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from agent_runtime.store.copies import CopyError, Row
from agent_runtime.store.postgres.schema import LEDGER_TABLES, TABLES, prepare
from agent_runtime.store.postgres.session import plain

# Rows are numbered anew where they are written; their order is what counts.
_NUMBERS = frozenset({"seq", "rowid"})
_ORDER = {
    "mail": "seq",
    "report": "seq",
    "turns": "rowid",
    "steps": "key, n",
    "parts": "key, n",
    "reservations": "id",
    "spend": "day, model",
    "people": "rowid",
    "notes": "name",
}
_INBOX = ("mail", "report")
_PIECE = 1000


def inbox_rows(url: str) -> Iterator[Row]:
    """What waits, what was answered lately, and what is still to be reported, in order."""
    with _snapshot(url) as connection:
        for table in _INBOX:
            yield from ((table, row) for row in _rows(connection, table, None))


def ledger_rows(url: str) -> Iterator[tuple[str, Row]]:
    """All that all bots remember, one bot after the other, each in the order in which it came."""
    with _snapshot(url) as connection:
        for bot in _bots(connection):
            for table in LEDGER_TABLES:
                yield from ((bot, (table, row)) for row in _rows(connection, table, bot))


@contextmanager
def writing(url: str, inbox: Iterable[Row], ledgers: Iterable[tuple[str, Row]]) -> Iterator[None]:
    """Fill empty tables; kept if the block ends well, else nothing is. Raises CopyError."""
    with psycopg.connect(plain(url)) as connection:
        prepare(connection)
        for table in _ORDER:
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(_name(table))).fetchone():
                raise CopyError("the database holds messages or conversations already")
        _fill(connection, inbox)
        _fill(connection, ((table, {**row, "bot": bot}) for bot, (table, row) in ledgers))
        yield


@contextmanager
def _snapshot(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(plain(url)) as connection:
        prepare(connection)
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _bots(connection: psycopg.Connection[Any]) -> list[str]:
    each = (sql.SQL("SELECT bot FROM {}").format(_name(table)) for table in LEDGER_TABLES)
    found = connection.execute(sql.SQL("{} ORDER BY bot").format(sql.SQL(" UNION ").join(each)))
    return [bot for (bot,) in found]


def _rows(connection: psycopg.Connection[Any], table: str, bot: str | None) -> Iterator[dict[str, Any]]:
    where = sql.SQL("") if bot is None else sql.SQL("WHERE bot = {}").format(bot)
    query = sql.SQL("SELECT * FROM {} {} ORDER BY {}").format(_name(table), where, sql.SQL(_ORDER[table]))
    left_out = _NUMBERS if bot is None else _NUMBERS | {"bot"}
    # On the server, so that a large table is never here as a whole.
    with connection.cursor(name="copy", row_factory=dict_row) as cursor:
        cursor.itersize = _PIECE
        for row in cursor.execute(query):
            yield {name: value for name, value in row.items() if name not in left_out}


def _fill(connection: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
    for (table, names), group in groupby(rows, key=lambda row: (row[0], tuple(row[1]))):
        if table not in _ORDER or not set(names) <= _columns(connection, table):
            raise CopyError(f"a newer Botyard keeps {table} in another way")
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            _name(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join(sql.Placeholder() * len(names)),
        )
        with connection.cursor() as cursor:
            cursor.executemany(statement, (_values(row) for _, row in group))


def _columns(connection: psycopg.Connection[Any], table: str) -> set[str]:
    found = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(_name(table))).description or ()
    return {column.name for column in found}


def _values(row: Mapping[str, Any]) -> list[Any]:
    """A file may hold NUL in a text, which Postgres does not."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row.values()]


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(TABLES, table)
