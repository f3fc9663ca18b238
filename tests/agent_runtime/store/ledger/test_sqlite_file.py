"""The file itself: private, made at deploy, quick to open, durable at each commit."""

from __future__ import annotations

import sqlite3
import stat
import time
from pathlib import Path

import pytest

from agent_runtime.store.errors import StoreFormatError
from agent_runtime.store.ledger import Turn, create, open_ledger


def test_a_ledger_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bot.db"
    create(path)
    create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_commit_is_on_disk_without_closing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "bot.db")
    await ledger.turns.begin(Turn("k", "c", "web", "p", "hello", 1.0))
    with sqlite3.connect(tmp_path / "bot.db") as other:
        assert other.execute("SELECT text FROM turns").fetchall() == [("hello",)]
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    await ledger.aclose()


async def test_a_file_of_another_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    create(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreFormatError, match="Upgrade Botyard"):
        open_ledger(path)
    assert path.read_bytes() == before


async def test_reopening_is_cheap(tmp_path: Path) -> None:
    create(tmp_path / "bot.db")
    took = []
    for _ in range(5):
        started = time.perf_counter()
        ledger = open_ledger(tmp_path / "bot.db")
        took.append(time.perf_counter() - started)
        await ledger.aclose()
    assert min(took) < 0.01
