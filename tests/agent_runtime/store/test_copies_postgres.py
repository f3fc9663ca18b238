"""Copies go from files into Postgres and back: a backup of one is restored on the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent_runtime.store import copies
from agent_runtime.store.inbox import Report
from agent_runtime.store.inbox_sqlite import SqliteInbox
from agent_runtime.store.ledger import Limits, Person, Step, Used, open_ledger
from agent_runtime.store.postgres import PostgresInbox, PostgresLedger
from agent_runtime.store.postgres import copies as database
from tests.agent_runtime.store.test_copies import TURN
from tests.agent_runtime.store.test_postgres import a_mail

BOTS = ("alice.support", "bob.support")


async def files(folder: Path) -> tuple[list[copies.Row], list[tuple[str, copies.Row]]]:
    """The rows of two bots and an inbox."""
    inbox = SqliteInbox(folder / "mail.db")
    await inbox.submit([a_mail(str(number), bot) for number in range(3) for bot in BOTS])
    await inbox.retire(BOTS[0], "0", 2.0)
    await inbox.report(Report("r1", "usage", BOTS[0], 1.0, {"tokens": 1}))
    await inbox.aclose()
    for bot in BOTS:
        ledger = open_ledger(folder / bot)
        for number in range(20):
            turn = replace(TURN, key=f"telegram:{20 - number}")
            await ledger.turns.begin(turn)
            await ledger.turns.answer(turn.key, f"answer {number} of {bot}", "stop", {}, [{"text": "x"}])
        await ledger.people.put(Person("telegram:1", "Ann", "owner", 1.0))
        await ledger.people.set_note("pairing", "code")
        await ledger.turns.begin(TURN)
        for _ in range(2):
            reserved = await ledger.spend.reserve(TURN.key, 1.0, 10, 0.5, Limits(usd=5.0, tokens=1000))
        assert isinstance(reserved, int)
        await ledger.spend.settle(reserved, Used("m", 1, 2, 0.25), Step("model", {"said": "hm"}))
        await ledger.aclose()
    rows = [(bot, row) for bot in BOTS for row in copies.ledger_rows(folder / bot)]
    return list(copies.inbox_rows(folder / "mail.db")), rows


async def test_rows_of_files_come_back_from_the_database(tmp_path: Path, postgres_url: str) -> None:
    mail, ledgers = await files(tmp_path)
    with database.writing(postgres_url, mail, ledgers):
        pass
    assert list(database.inbox_rows(postgres_url)) == mail
    found = list(database.ledger_rows(postgres_url))
    assert sorted(found, key=repr) == sorted(ledgers, key=repr)
    assert [bot for bot, _ in found] == [bot for bot, _ in ledgers]
    assert {table for _, (table, _) in ledgers} == set(copies.LEDGER)
    inbox, ledger = PostgresInbox(postgres_url), PostgresLedger(postgres_url, BOTS[1])
    assert [each.key for each in await inbox.waiting()] == ["0", "1", "1", "2", "2"]
    assert await inbox.submit([a_mail("0")]) == [False]
    history = await ledger.turns.history("telegram:1", 2)
    assert [one.reply for one in history] == ["answer 18 of bob.support", "answer 19 of bob.support"]
    await inbox.aclose()
    await ledger.aclose()
    again = database.writing(postgres_url, mail, ledgers)
    with pytest.raises(copies.CopyError, match="already"):
        again.__enter__()


async def test_nothing_is_kept_of_what_fails_or_is_not_known(tmp_path: Path, postgres_url: str) -> None:
    mail, ledgers = await files(tmp_path)
    with pytest.raises(KeyError), database.writing(postgres_url, mail, ledgers):
        raise KeyError("what is restored after it")
    for row in (("dreams", {"key": "x"}), ("notes", {"name": "a", "value": "b", "since": 1})):
        newer = database.writing(postgres_url, mail, [(BOTS[0], row)])
        with pytest.raises(copies.CopyError, match="newer"):
            newer.__enter__()
    assert list(database.inbox_rows(postgres_url)) == []
    assert list(database.ledger_rows(postgres_url)) == []
