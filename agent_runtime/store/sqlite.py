"""One SQLite file: WAL, every commit synced, so that what was acknowledged is on the disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from agent_runtime.store.backend import Connection, Result
from agent_runtime.store.errors import StoreFullError

_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class SqliteFile:
    """A `Backend`. What prepares the file is done by whoever opens it, with `connection`."""

    def __init__(self, path: Path | str) -> None:
        self.connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        # Acknowledged means stored: each commit reaches the disk, at the price of one fsync.
        self.connection.execute("PRAGMA synchronous = FULL")

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException as error:
            # A full disk may have ended the transaction already.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if _says_full(error):
                raise _full() from None
            raise
        return result

    def close(self) -> None:
        self.connection.close()


@contextlib.contextmanager
def full_named() -> Iterator[None]:
    """Raises StoreFullError where SQLite found no room, for what is done outside of transactions."""
    try:
        yield
    except sqlite3.Error as error:
        if _says_full(error):
            raise _full() from None
        raise


def _full() -> StoreFullError:
    return StoreFullError("the disk is full: free some room; nothing was kept of this call")


def _says_full(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _FULL
