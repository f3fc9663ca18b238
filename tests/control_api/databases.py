"""Which database a test's home has: SQLite in it, or one of Postgres whose URL lies beside it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from control_api.first_operator import create_sign_in_link
from control_api.settings import ControlSettings

SQLITE, POSTGRES = "sqlite", "postgres"
# `DATABASES = BOTH` in a module runs each of its tests that has a home on SQLite and on Postgres.
BOTH = (SQLITE, POSTGRES)


def use_database(home: Path, url: str) -> None:
    """Gives a home a database of its own."""
    _note(home).write_text(url)


def database_of(home: Path) -> str:
    """What `BOTYARD_DATABASE_URL` has to be for a home."""
    note = _note(home)
    return note.read_text() if note.exists() else ""


def prepare_database(url: str) -> None:
    """Fills an empty database as that of a prepared home is: all tables, and the first operator."""
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(create_sign_in_link(ControlSettings(home=Path(home), database_url=url)))


def _note(home: Path) -> Path:
    return home.with_name(f"{home.name}.database")
