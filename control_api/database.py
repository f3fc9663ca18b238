"""The database: SQLite in the home, or Postgres by its URL. Reading and writing are separate transactions.

Both behave alike. A reading transaction sees one moment. Writing transactions run one after another, from
whichever process: what one has checked still holds when it commits, and numbers are given out in the order in
which they become visible, on which streams rely that resume after the last number seen.
"""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.dialects import NEXT_WRITER, POSTGRES, READING, WRITING, make_engine
from control_api.kit.problems import NoRoomError, UnavailableError
from control_api.migrating import migrate

__all__ = ["Database", "DatabaseAwayError", "migrate"]

_POSTGRES_DISK_FULL = "53100"
Fence = Callable[[AsyncSession], Awaitable[None]]


class DatabaseAwayError(UnavailableError, ConnectionError):
    """The database server does not answer just now."""

    title = "The database does not answer"

    def __init__(self) -> None:
        super().__init__(
            "Nothing is lost that was accepted before. Try again in a moment, a write with the same "
            "Idempotency-Key: it may have been stored all the same.",
            seconds=2,
        )


class Database:
    """Opens transactions. A writer locks at its start and so never fails halfway because of another."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self.is_shared = self.engine.dialect.name == POSTGRES
        self._readers = self.engine.execution_options(**READING[self.engine.dialect.name])
        # Writers of this process wait here, fairly, and hold no connection meanwhile.
        self._writer = asyncio.Lock()
        self._fence: Fence | None = None

    def fenced(self, fence: Fence) -> Database:
        """The same database, each of whose writing transactions begins with `fence`, which may refuse it."""
        found = copy.copy(self)
        found._fence = fence
        return found

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads; DatabaseAwayError while the server does not answer."""
        with self._reached():
            async with AsyncSession(self._readers, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at its end, or rolls back if the block raises.

        DatabaseAwayError, NoRoomError.
        """
        async with self._writer:
            with self._reached():
                async with AsyncSession(self.engine, expire_on_commit=False) as session:
                    await session.connection(execution_options={WRITING: True})
                    if self.is_shared:
                        await (await session.connection()).execute(text(NEXT_WRITER))
                    if self._fence is not None:
                        await self._fence(session)
                    yield session
                    await session.commit()

    async def aclose(self) -> None:
        await self.engine.dispose()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            with full_disk_named():
                yield
        except (OperationalError, InterfaceError, NoConnectionError) as error:
            # SQLite has no server to be away: its errors are about the file, and the log has to name them.
            if not self.is_shared:
                raise
            raise DatabaseAwayError from error


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Raises NoRoomError where the database could not write for want of room."""
    try:
        yield
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0)
        state = getattr(error.orig, "sqlstate", None)
        if code == sqlite3.SQLITE_FULL or code & 0xFF == sqlite3.SQLITE_IOERR or state == _POSTGRES_DISK_FULL:
            raise NoRoomError from error
        raise
