"""Brings a database to the newest schema. Several processes may do so at once; one does, the others wait."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import time
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from control_api.dialects import SQLITE
from control_api.settings import ControlSettings

log = structlog.get_logger()

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
    with contextlib.closing(sqlite3.connect(url.database)) as reading:
        try:
            row = reading.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:  # It is being made.
            return
    scripts = ScriptDirectory.from_config(configuration(settings.database))
    if row is not None and row[0] not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabaseError(
            f"{url.database} has schema {row[0]}, which this Botyard does not know. "
            "Upgrade Botyard, or restore the backup that belongs to this version."
        )


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
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).resolve().parent.parent / "migrations"))
    config.attributes["url"] = url
    return config


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
    command.upgrade(configuration(url), to)
