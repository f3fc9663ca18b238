"""What only the SQLite backend can show: a full disk, and syncs that many calls share."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from agent_runtime.mail import Mail
from agent_runtime.store.errors import StoreFullError
from agent_runtime.store.inbox_sqlite import SqliteInbox


def a_mail(number: int, size: int = 1) -> Mail:
    return Mail(f"test:{number}", "alice.support", "test", "c", "s", json.dumps({"text": "x" * size}), 1.0)


async def test_a_full_disk_keeps_nothing_of_a_call_and_heals_when_there_is_room(tmp_path: Path) -> None:
    inbox = SqliteInbox(tmp_path / "mail.db")
    await inbox.submit([a_mail(1)])
    pages = await inbox._read("PRAGMA page_count")
    await inbox._read(f"PRAGMA max_page_count = {pages[0][0] + 2}")
    with pytest.raises(StoreFullError, match="free some room"):
        await inbox.submit([a_mail(2), a_mail(3, size=1_000_000)])
    # What shares a commit with a call that has no room is kept all the same.
    outcomes = await asyncio.gather(
        inbox.submit([a_mail(4)]), inbox.submit([a_mail(5, size=1_000_000)]), return_exceptions=True
    )
    assert outcomes[0] == [True]
    assert isinstance(outcomes[1], StoreFullError)
    assert [mail.key for mail in await inbox.waiting()] == ["test:1", "test:4"]
    await inbox._read("PRAGMA max_page_count = 100000")
    assert await inbox.submit([a_mail(5, size=1_000_000)]) == [True]
    await inbox.aclose()


async def test_the_file_is_its_users_own_and_synced_at_each_commit(tmp_path: Path) -> None:
    inbox = SqliteInbox(tmp_path / "hive" / "mail.db")
    assert await inbox._read("PRAGMA synchronous") == [(2,)]
    assert await inbox._read("PRAGMA journal_mode") == [("wal",)]
    assert (tmp_path / "hive" / "mail.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "hive").stat().st_mode & 0o777 == 0o700
    await inbox.aclose()
