"""One SQLite file and the one thread that uses it: durable at each commit, never two writers."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

FORMAT = 1
SCHEMA = """
CREATE TABLE turns (
    key TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    channel TEXT NOT NULL,
    sender TEXT NOT NULL,
    text TEXT NOT NULL,
    at REAL NOT NULL,
    state TEXT NOT NULL,
    reply TEXT NOT NULL DEFAULT '',
    finish TEXT NOT NULL DEFAULT '',
    usage TEXT NOT NULL DEFAULT '{}',
    remembered INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX turns_conversation ON turns (conversation, remembered, at);
CREATE INDEX turns_sender ON turns (sender, at);
CREATE INDEX turns_at ON turns (at);
CREATE INDEX turns_unsent ON turns (conversation, at) WHERE state = 'answered';
CREATE TABLE steps (
    key TEXT NOT NULL, n INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (key, n)
) STRICT;
CREATE TABLE parts (
    key TEXT NOT NULL,
    n INTEGER NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    platform_id TEXT,
    PRIMARY KEY (key, n)
) STRICT;
CREATE TABLE reservations (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, day TEXT NOT NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL
) STRICT;
CREATE TABLE spend (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL,
    unpriced_tokens INTEGER NOT NULL,
    usd REAL NOT NULL,
    PRIMARY KEY (day, model)
) STRICT;
CREATE TABLE people (
    sender TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, since REAL NOT NULL
) STRICT;
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


class LedgerFormatError(Exception):
    """The file was written by another version of Botyard; the message says what to do."""


class Database:
    """Runs functions of a connection in its own thread, each as one transaction."""

    def __init__(self, path: Path | str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._connection = _open(path)

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do the work and commit it, or undo it and raise. A cancellation never leaves half of it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transact, work)

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        try:
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return result

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)


def _open(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # Acknowledged means stored: each commit reaches the disk, at the price of one fsync.
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            version = f"PRAGMA user_version = {FORMAT};"
            connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}{version}COMMIT;")
        elif found != FORMAT:
            raise LedgerFormatError(
                f"The bot's memory has format {found}, this Botyard reads {FORMAT}. "
                "Upgrade Botyard, or restore the backup that belongs to this version."
            )
    except BaseException:
        connection.close()
        raise
    return connection


def make(path: Path) -> None:
    """Make the file ahead of its first use, which takes a few fsyncs; readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    _open(path).close()
