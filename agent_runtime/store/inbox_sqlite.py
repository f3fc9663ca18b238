"""The inbox in one SQLite file, `mail.db`."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from agent_runtime.store.errors import StoreFormatError
from agent_runtime.store.inbox_sql import SqlInbox
from agent_runtime.store.sqlite import SqliteFile

FORMAT = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS bot (
  id TEXT PRIMARY KEY,
  revision TEXT NOT NULL,
  summary TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mail (
  seq INTEGER PRIMARY KEY,
  bot TEXT NOT NULL,
  key TEXT NOT NULL,
  channel TEXT NOT NULL,
  conversation TEXT NOT NULL,
  sender TEXT NOT NULL,
  payload TEXT NOT NULL,
  received_at REAL NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  closed_at REAL,
  aside TEXT,
  UNIQUE (bot, key)
);
CREATE INDEX IF NOT EXISTS mail_waiting ON mail (seq) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS mail_closed ON mail (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS report (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  bot TEXT NOT NULL,
  at REAL NOT NULL,
  data TEXT NOT NULL
);
"""


class SqliteInbox(SqlInbox):
    """An `Inbox`; open it with a running event loop."""

    def __init__(self, path: Path) -> None:
        super().__init__(_open(path))


def check_format(path: Path) -> None:
    """Raise StoreFormatError where a newer Botyard has written the file. It is not touched."""
    if not path.exists():
        return
    with contextlib.closing(sqlite3.connect(path)) as reading:
        found = reading.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise StoreFormatError(
            f"The inbox {path} has format {found}, this Botyard reads {FORMAT}. "
            "Upgrade Botyard, or restore the backup that belongs to this version."
        )


def _open(path: Path) -> SqliteFile:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_format(path)
    file = SqliteFile(path)
    path.chmod(0o600)
    file.connection.execute("PRAGMA busy_timeout = 5000")
    file.connection.execute("PRAGMA journal_size_limit = 16777216")
    # The log is put into the file when it has come to that size, and not at a quarter of it: where messages
    # come fast, most pages are written again and again until then.
    file.connection.execute("PRAGMA wal_autocheckpoint = 4096")
    file.connection.executescript(f"{SCHEMA}PRAGMA user_version = {FORMAT};")
    return file
