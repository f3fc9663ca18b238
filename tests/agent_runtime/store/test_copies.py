"""Copies of stores: whole, in order, taken while somebody writes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agent_runtime.mail import Mail
from agent_runtime.store import copies
from agent_runtime.store.inbox import Report
from agent_runtime.store.inbox_sqlite import SqliteInbox
from agent_runtime.store.ledger import (
    Limits,
    Person,
    Step,
    Turn,
    TurnState,
    Used,
    create,
    open_ledger,
)

TURN = Turn("telegram:1", "telegram:1", "telegram", "telegram:1", "Grüße 📦", 1.5, TurnState.OPEN)


async def test_a_ledger_comes_back_as_it_was(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.db", tmp_path / "copy" / "bot.db"
    create(path)
    ledger = open_ledger(path)
    for number in range(20):
        turn = replace(TURN, key=f"telegram:{20 - number}")
        await ledger.turns.begin(turn)
        await ledger.turns.answer(turn.key, f"answer {number}", "stop", {"tokens": 3}, [{"text": "x"}])
    await ledger.people.put(Person("telegram:1", "Ann", "owner", 1.0))
    await ledger.people.set_note("pairing", "code")
    day = 1_700_000_000.0
    reserved = await ledger.spend.reserve(TURN.key, day, 10, 0.5, Limits(usd=5.0, tokens=1000))
    assert isinstance(reserved, int)
    await ledger.spend.settle(reserved, Used("m", 1, 2, 0.25), Step("model", {"said": "hm"}))
    await ledger.spend.reserve(TURN.key, day, 10, 0.5, Limits(usd=5.0, tokens=1000))
    rows = list(copies.ledger_rows(path))
    assert {table for table, _ in rows} == set(copies.LEDGER)
    copies.write_ledger(copy, rows)
    assert list(copies.ledger_rows(copy)) == rows
    restored = open_ledger(copy)
    history = await ledger.turns.history("telegram:1", 30)
    assert await restored.turns.history("telegram:1", 30) == history
    assert len(history) == 20
    assert await restored.outbox.unsent("telegram:1") == await ledger.outbox.unsent("telegram:1")
    await ledger.aclose()
    await restored.aclose()


async def test_an_inbox_comes_back_with_what_waits_and_what_is_known(tmp_path: Path) -> None:
    inbox = SqliteInbox(tmp_path / "mail.db")
    mail = [Mail(f"web:{n}", "al.b", "web", "c", "s", json.dumps({"text": f"{n}"}), 1.0) for n in range(3)]
    await inbox.submit(mail)
    await inbox.retire("al.b", "web:0", 2.0)
    await inbox.report(Report("r1", "usage", "al.b", 1.0, {"tokens": 1}))
    copies.write_inbox(tmp_path / "copy" / "mail.db", copies.inbox_rows(tmp_path / "mail.db"))
    restored = SqliteInbox(tmp_path / "copy" / "mail.db")
    assert await restored.waiting() == mail[1:]
    assert await restored.submit(mail[:1]) == [False]
    assert [report.id for report in await restored.reports(0, 10)] == ["r1"]
    assert await restored.bots() == []
    await inbox.aclose()
    await restored.aclose()


async def test_a_copy_is_of_one_moment_and_holds_up_no_writer(tmp_path: Path) -> None:
    create(tmp_path / "bot.db")
    ledger = open_ledger(tmp_path / "bot.db")
    await ledger.turns.begin(TURN)
    rows = copies.ledger_rows(tmp_path / "bot.db")
    first = next(rows)
    await ledger.turns.begin(replace(TURN, key="telegram:2"))
    await ledger.people.put(Person("telegram:1", "Ann", "owner", 1.0))
    assert [first, *rows] == [first]
    await ledger.aclose()


def test_what_is_not_there_or_not_made_yet_has_no_rows(tmp_path: Path) -> None:
    assert list(copies.ledger_rows(tmp_path / "nowhere" / "bot.db")) == []
    (tmp_path / "bot.db").touch()
    assert list(copies.ledger_rows(tmp_path / "bot.db")) == []


def test_rows_of_a_newer_botyard_are_refused(tmp_path: Path) -> None:
    for row in (("dreams", {"key": "x"}), ("notes", {"name": "a", "value": "b", "since": 1})):
        with pytest.raises(copies.CopyError):
            copies.write_ledger(tmp_path / row[0] / "bot.db", [row])


def test_a_table_and_its_columns_are_all_copied(tmp_path: Path) -> None:
    """A table that is added one day is not forgotten here."""
    create(tmp_path / "bot.db")
    copies.write_inbox(tmp_path / "mail.db", [])
    for path, known in (
        (tmp_path / "bot.db", {*copies.LEDGER}),
        (tmp_path / "mail.db", {*copies.INBOX, "bot"}),
    ):
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert {name for (name,) in found if not name.startswith("sqlite_")} == known
