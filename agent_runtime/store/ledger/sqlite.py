"""The ledger on SQLite: one `bot.db` a bot."""

from __future__ import annotations

import os
from pathlib import Path

from agent_runtime.store.errors import StoreFormatError
from agent_runtime.store.ledger.sql import SqlLedger
from agent_runtime.store.sqlite import SqliteFile, full_named

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


class SqliteLedger(SqlLedger):
    """A ledger in one file. Opening one that exists costs well under a millisecond."""

    def __init__(self, path: Path | str) -> None:
        with full_named():
            super().__init__(_open(path))


def create(path: Path | str) -> None:
    """Make a bot's ledger at deploy, so that its first message finds it; one that exists is kept.

    That takes a few fsyncs. It is readable by its owner alone.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    _open(path).close()


def open_ledger(path: Path | str) -> SqliteLedger:
    """The ledger in a file, made if it is missing. For the bot's only worker; in the process that uses it."""
    if not Path(path).exists():
        create(path)
    return SqliteLedger(path)


def memory_ledger() -> SqliteLedger:
    """A ledger that keeps nothing, for draft turns of bots that are not deployed."""
    return SqliteLedger(":memory:")


def _open(path: Path | str) -> SqliteFile:
    file = SqliteFile(path)
    try:
        found = file.connection.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            version = f"PRAGMA user_version = {FORMAT};"
            file.connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}{version}COMMIT;")
        elif found != FORMAT:
            raise StoreFormatError(
                f"The bot's memory has format {found}, this Botyard reads {FORMAT}. "
                "Upgrade Botyard, or restore the backup that belongs to this version."
            )
    except BaseException:
        file.close()
        raise
    return file
