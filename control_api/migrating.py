"""Brings a database to the newest schema. Several processes may do so at once; one does, the others wait.

Alembic is imported only where there is something to do: it takes a tenth of a second and 12 MiB.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from agent_runtime.log import set_up_log
from control_api.dialects import SQLITE
from control_api.settings import ControlSettings, load_settings

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()

_MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_PATIENCE = 60.0
_TRY_AGAIN = 1.0


class NewerDatabaseError(Exception):
    """A newer Botyard has changed the database's schema; the message says what to do."""


def check_schema(settings: ControlSettings) -> None:
    """Raise NewerDatabaseError where this version does not know the schema of the file; it is not touched.

    A Postgres that is newer is found when it is to be migrated: this must not wait for one that is away.
    """
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).exists():
        return
    found = _revision(Path(url.database))
    if found is not None and found not in revisions():
        raise NewerDatabaseError(
            f"{url.database} has schema {found}, which this Botyard does not know. "
            "Upgrade Botyard, or restore the backup that belongs to this version."
        )


def revisions() -> list[str]:
    """The migrations that there are, oldest first: the name of each one's file begins with its number."""
    return sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _revision(path: Path) -> str | None:
    """The migration that a SQLite database is at; None while it is being made."""
    with contextlib.closing(sqlite3.connect(path)) as reading:
        try:
            row = reading.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row is not None else None


async def migrate(settings: ControlSettings) -> None:
    """Brings the database to the newest schema, making it if there is none."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database:
        path = Path(url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_private(path)
        await asyncio.to_thread(_upgrade_alone, path, settings.database)
    else:
        # Postgres has a lock of its own for this, in `migrations/env.py`.
        await asyncio.to_thread(_upgrade, settings.database)


async def migrated(settings: ControlSettings) -> None:
    """The same once the server answers: it may be restarting too. Raises if it does not within a minute."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            return await migrate(settings)
        except OperationalError as error:
            wrong = getattr(error.orig, "sqlstate", None)
            if settings.database.startswith(SQLITE) or wrong or time.monotonic() > until:
                raise
            log.warning("database_away", reason=str(error.orig).partition("\n")[0])
        await asyncio.sleep(_TRY_AGAIN)


def configuration(url: str) -> Config:
    """Alembic's, for a database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    return config


def _upgrade_alone(path: Path, url: str) -> None:
    # `botyard up` and the control API may both come to a fresh database; the second waits and finds it done.
    with path.with_name(f".{path.name}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _revision(path) != revisions()[-1]:
            _upgrade(url)


def _make_private(path: Path) -> None:
    # The file is made by us, so that it is never readable by others, not even for a moment.
    path.touch(mode=0o600, exist_ok=True)
    path.chmod(0o600)


def _upgrade(url: str) -> None:
    upgrade(url, "head")


def upgrade(url: str, to: str) -> None:
    """Takes the database to one revision of its schema; alembic's CommandError where there is no such one."""
    from alembic import command

    command.upgrade(configuration(url), to)


def main() -> int:
    """`python -m control_api.migrating`: what a start does to the tables, ahead of it."""
    set_up_log()
    try:
        asyncio.run(migrated(load_settings()))
    except NewerDatabaseError as error:
        log.error("database_not_read", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
