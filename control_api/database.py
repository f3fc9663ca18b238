"""The database: SQLite in the home, or Postgres by its URL. Reading and writing are separate transactions."""

from __future__ import annotations

import asyncio
import fcntl
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.kit.problems import NoRoomError
from control_api.settings import ControlSettings

_BUSY_MILLISECONDS = 30_000
_WRITING = "botyard_writing"


class Database:
    """Opens transactions. A writer on SQLite locks at its start and so never fails halfway as busy."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        # SQLite has one writer; waiting here is fair and cheap, waiting in SQLite is neither.
        self._writer = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A transaction that only reads."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at its end, or rolls back if the block raises; NoRoomError."""
        if self._writer is None:
            async with self._transaction() as session:
                yield session
            return
        async with self._writer, self._transaction() as session:
            yield session

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncSession]:
        with full_disk_named():
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                await session.connection(execution_options={_WRITING: True})
                yield session
                await session.commit()

    async def aclose(self) -> None:
        await self.engine.dispose()


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Raises NoRoomError where SQLite could not write."""
    try:
        yield
    except OperationalError as error:
        code = getattr(error.orig, "sqlite_errorcode", 0)
        if code == sqlite3.SQLITE_FULL or code & 0xFF == sqlite3.SQLITE_IOERR:
            raise NoRoomError from error
        raise


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    # We begin transactions ourselves, below: the driver begins late and would fail as busy when upgrading.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


async def migrate(settings: ControlSettings) -> None:
    """Brings the database to the newest schema, making it if there is none."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_private(path)
        await asyncio.to_thread(_upgrade_alone, path, settings.database)
    else:
        await asyncio.to_thread(_upgrade, settings.database)


def _upgrade_alone(path: Path, url: str) -> None:
    # `botyard up` and the control API may both come to a fresh database; the second waits and finds it done.
    with path.with_name(f".{path.name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _upgrade(url)


def _make_private(path: Path) -> None:
    # The file is made by us, so that it is never readable by others, not even for a moment.
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)


def _upgrade(url: str) -> None:
    upgrade(url, "head")


def upgrade(url: str, to: str) -> None:
    """Takes the database to one revision of its schema; alembic's CommandError where there is no such one."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent.parent / "migrations"))
    config.attributes["url"] = url
    command.upgrade(config, to)
