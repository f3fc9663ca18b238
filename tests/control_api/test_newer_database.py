"""A database that a newer Botyard has changed is refused, and left as it is."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from control_api.migrating import NewerDatabaseError, check_schema, migrate
from control_api.settings import ControlSettings


async def test_a_newer_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "control.db"
    settings = ControlSettings(home=tmp_path, database_url=f"sqlite+aiosqlite:///{path}")
    check_schema(settings)
    assert not path.exists(), "asking makes nothing"
    await migrate(settings)
    check_schema(settings)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    before = path.read_bytes()
    with pytest.raises(NewerDatabaseError, match=r"schema 9999.*Upgrade Botyard"):
        check_schema(settings)
    assert path.read_bytes() == before
