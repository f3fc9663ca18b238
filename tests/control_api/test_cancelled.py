"""A write that is cut off lets go of the database, whoever still holds on to what it was doing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from control_api.database import Database


async def test_a_closed_connection_locks_nobody_out(tmp_path: Path) -> None:
    """The traceback of a cancelled write holds a cursor, with which SQLite would keep the lock as well."""
    path = tmp_path / "control.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    pooled = await database.engine.raw_connection()
    driver = pooled.driver_connection
    assert driver is not None
    await driver.execute("BEGIN IMMEDIATE")
    held = await driver.execute("SELECT 1 UNION ALL SELECT 2")
    assert await held.fetchone() == (1,)
    await driver.close()
    with sqlite3.connect(path, timeout=0.1) as other:
        other.execute("BEGIN IMMEDIATE")
        other.rollback()
    other.close()
    del held
    pooled.invalidate()
    await database.aclose()
