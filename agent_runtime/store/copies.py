"""Copies of the inbox and of ledgers as plain rows: what a backup keeps, whatever holds them.

A row is a table's name and its columns by name. Each copy is one snapshot, taken while the writer goes on.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from agent_runtime.store import inbox_sqlite
from agent_runtime.store.ledger import sqlite

Row = tuple[str, Mapping[str, Any]]

# Which bots there are comes from the fleet, so an inbox is copied without them.
INBOX = {"mail": "seq", "report": "seq"}
LEDGER = {
    "turns": "rowid",
    "steps": "rowid",
    "parts": "rowid",
    "reservations": "id",
    "spend": "rowid",
    "people": "rowid",
    "notes": "rowid",
}


class CopyError(Exception):
    """The rows do not fit this Botyard; the message says why."""


def inbox_rows(path: Path) -> Iterator[Row]:
    """What waits, what was answered lately, and what is still to be reported, in order."""
    return _rows(path, INBOX)


def ledger_rows(path: Path) -> Iterator[Row]:
    """All that one bot remembers, in the order in which it came."""
    return _rows(path, LEDGER)


def write_inbox(path: Path, rows: Iterable[Row]) -> None:
    """Make an inbox of rows. Not synced: the caller does that for all it has written."""
    _write(path, inbox_sqlite.SCHEMA, INBOX, rows)


def write_ledger(path: Path, rows: Iterable[Row]) -> None:
    """Make a bot's ledger of rows. Not synced: the caller does that for all it has written."""
    schema = f"{sqlite.SCHEMA}PRAGMA user_version = {sqlite.FORMAT};"
    _write(path, schema, LEDGER, rows)


def _rows(path: Path, tables: Mapping[str, str]) -> Iterator[Row]:
    """Nothing where there is no file: it is made by the first use, or its bot was just removed."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    except sqlite3.OperationalError:
        if path.exists():
            raise
        return
    with closing(connection):
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("BEGIN")
        # A file that is just being made has no tables yet.
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
        connection.row_factory = sqlite3.Row
        for table, order in tables.items():
            if table not in there:
                continue
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - both above
                # Rows are numbered anew where they are written; their order is what counts.
                yield table, {name: value for name, value in dict(row).items() if name != "seq"}


def _write(path: Path, schema: str, tables: Mapping[str, str], rows: Iterable[Row]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(schema)
        known = {table: _columns(connection, table) for table in tables}
        connection.execute("BEGIN")
        for table, row in rows:
            if not row.keys() <= known.get(table, frozenset()):
                raise CopyError(f"a newer Botyard keeps {table} in another way")
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names known
            connection.execute(statement, tuple(row.values()))
        connection.execute("COMMIT")


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
