"""What SQLite and Postgres need to be told, so that transactions mean the same on both."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

POSTGRES: Final = "postgresql"
SQLITE: Final = "sqlite"
# The execution option of a connection whose transaction writes.
WRITING: Final = "botyard_writing"
# What a connection's transactions are like where they only read. SQLite's are so by themselves.
READING: Final[Mapping[str, Mapping[str, Any]]] = {
    SQLITE: {},
    POSTGRES: {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}

_BUSY_MILLISECONDS = 30_000
# Of pages, a connection; SQLite's own is 2,000. The pool holds several, none of which gives a page back. The
# kernel has the file's pages in memory besides.
_CACHE_KIB = 512
# A connection. A statement keeps what was bound to it last, which of a bulk write are megabytes.
_CACHED_STATEMENTS = 16
# Any number will do, as long as all use the same one.
_WRITERS, _MIGRATIONS = 0x626F7479, 0x626F747A
# The first statement of a writing transaction: it waits for the writer before it, from whichever process. A
# process that stops answering in the middle is cut off by the server, and so holds nobody up for long.
NEXT_WRITER: Final = (
    "SELECT set_config('lock_timeout', '20s', true),"
    " set_config('idle_in_transaction_session_timeout', '10s', true),"
    f" pg_advisory_xact_lock({_WRITERS})"
)
NEXT_MIGRATION: Final = f"SELECT pg_advisory_xact_lock({_MIGRATIONS})"

_POOL = {"pool_size": 10, "max_overflow": 10, "pool_timeout": 5.0, "pool_pre_ping": True}
# Seconds and milliseconds of libpq: a server that vanished without a word is noticed by these.
_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "botyard",
}


def make_engine(url: str) -> AsyncEngine:
    """The engine of a database. Nothing is opened yet."""
    if url.startswith(POSTGRES):
        return create_async_engine(url, connect_args=_CONNECTION, **_POOL)
    arguments = {"factory": _SqliteConnection, "cached_statements": _CACHED_STATEMENTS}
    # Last in, first out: a connection that is seldom needed stays small.
    engine = create_async_engine(url, connect_args=arguments, pool_use_lifo=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


class _SqliteConnection(sqlite3.Connection):
    """One that ends its transaction when it is closed, as it is where a write was cancelled.

    SQLite keeps a closed connection, and its lock, for as long as anybody holds one of its cursors, as
    the traceback of the cancellation does: others would wait for the lock until that is forgotten.
    """

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # We begin transactions ourselves, below: the driver begins late and would fail as busy when upgrading.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
