"""What every inbox must do. The suite knows no backend: a new one is one more `open_inbox` parameter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from agent_runtime.mail import Mail
from agent_runtime.store.inbox import BotRecord, Inbox, Report
from agent_runtime.store.inbox_sqlite import SqliteInbox
from agent_runtime.store.postgres import PostgresInbox

Open = Callable[[], Awaitable[Inbox]]


@pytest.fixture(params=["sqlite", "postgres"])
async def open_inbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens the same inbox each time it is called; what was open before is closed first."""
    opened: list[Inbox] = []
    url = request.getfixturevalue("store_url") if request.param == "postgres" else ""

    async def open_it() -> Inbox:
        while opened:
            await opened.pop().aclose()
        opened.append(PostgresInbox(url) if url else SqliteInbox(tmp_path / "mail.db"))
        return opened[0]

    yield open_it
    while opened:
        await opened.pop().aclose()


@pytest.fixture
async def inbox(open_inbox: Open) -> Inbox:
    return await open_inbox()


def a_mail(key: str = "telegram:1", *, bot: str = "alice.support", conversation: str = "7") -> Mail:
    return Mail(
        key, bot, "telegram", conversation, "tg:9", json.dumps({"text": "hello \ud83d ' \" \0"}), 12.5
    )


async def test_mail_waits_whole_and_in_the_order_of_arrival(open_inbox: Open) -> None:
    inbox = await open_inbox()
    sent = [a_mail(f"telegram:{number}", conversation=str(number % 3)) for number in (10, 12, 11, 3)]
    assert await inbox.submit(sent) == [True] * 4
    reopened = await open_inbox()
    assert await reopened.waiting() == sent


async def test_a_key_is_stored_once_for_a_bot(inbox: Inbox) -> None:
    assert await inbox.submit([a_mail(), a_mail()]) == [True, False]
    assert await inbox.submit([a_mail(), a_mail(bot="bob.support")]) == [False, True]
    assert [mail.bot for mail in await inbox.waiting()] == ["alice.support", "bob.support"]


async def test_a_retired_message_waits_no_more_and_is_known_again(open_inbox: Open) -> None:
    inbox = await open_inbox()
    await inbox.submit([a_mail("telegram:1"), a_mail("telegram:2")])
    await inbox.retire("alice.support", "telegram:1", at=100.0)
    reopened = await open_inbox()
    assert [mail.key for mail in await reopened.waiting()] == ["telegram:2"]
    assert await reopened.submit([a_mail("telegram:1")]) == [False]


async def test_sweeping_drops_only_what_was_closed_before(inbox: Inbox) -> None:
    await inbox.submit([a_mail(f"telegram:{number}") for number in range(4)])
    await inbox.retire("alice.support", "telegram:0", at=100.0)
    await inbox.set_aside("alice.support", "telegram:1", at=150.0, reason="poison")
    await inbox.retire("alice.support", "telegram:2", at=300.0)
    assert await inbox.sweep(before=200.0) == 2
    assert await inbox.submit([a_mail(f"telegram:{number}") for number in range(4)]) == [
        True,
        True,
        False,
        False,
    ]


async def test_attempts_are_counted_and_kept(open_inbox: Open) -> None:
    inbox = await open_inbox()
    await inbox.submit([a_mail("telegram:1"), a_mail("telegram:2")])
    await inbox.count_attempt("alice.support", "telegram:1")
    await inbox.count_attempt("alice.support", "telegram:1")
    waiting = await (await open_inbox()).waiting()
    assert [(mail.key, mail.attempt) for mail in waiting] == [("telegram:1", 2), ("telegram:2", 0)]


async def test_a_message_set_aside_waits_no_more(inbox: Inbox) -> None:
    await inbox.submit([a_mail("telegram:1"), a_mail("telegram:2")])
    await inbox.set_aside("alice.support", "telegram:1", at=100.0, reason="five workers died of it")
    assert [mail.key for mail in await inbox.waiting()] == ["telegram:2"]


async def test_bots_are_replaced_and_forgotten_with_their_mail(open_inbox: Open) -> None:
    inbox = await open_inbox()
    await inbox.put_bot(BotRecord("alice.support", "r1", {"paused": False}))
    await inbox.put_bot(BotRecord("bob.support", "r1", {}))
    await inbox.put_bot(BotRecord("alice.support", "r2", {"paused": True}))
    await inbox.submit([a_mail(), a_mail(bot="bob.support")])
    inbox = await open_inbox()
    assert await inbox.bots() == [
        BotRecord("alice.support", "r2", {"paused": True}),
        BotRecord("bob.support", "r1", {}),
    ]
    await inbox.remove_bot("alice.support")
    assert [record.bot for record in await inbox.bots()] == ["bob.support"]
    assert [mail.bot for mail in await inbox.waiting()] == ["bob.support"]


async def test_reports_are_pulled_until_acknowledged_and_numbered_for_good(open_inbox: Open) -> None:
    inbox = await open_inbox()
    for name in ("a", "b", "a", "c"):
        await inbox.report(Report(name, "usage", "alice.support", 5.0, {"tokens": 3}))
    first = await inbox.reports(after=0, limit=2)
    assert [report.id for report in first] == ["a", "b"]
    assert first[0].data == {"tokens": 3}
    assert [report.id for report in await inbox.reports(after=first[-1].seq, limit=9)] == ["c"]
    last = (await inbox.reports(after=0, limit=9))[-1].seq
    await inbox.acknowledge(last)
    inbox = await open_inbox()
    assert await inbox.reports(after=0, limit=9) == []
    await inbox.report(Report("d", "usage", "alice.support", 6.0))
    assert (await inbox.reports(after=last, limit=9))[0].seq > last


async def test_many_at_once_all_arrive_in_the_order_of_their_calls(inbox: Inbox) -> None:
    calls = [inbox.submit([a_mail(f"telegram:{number}")]) for number in range(1500)]
    assert await asyncio.gather(*calls) == [[True]] * 1500
    assert [mail.key for mail in await inbox.waiting()] == [f"telegram:{number}" for number in range(1500)]


async def test_what_the_database_refuses_spoils_no_other_call_of_its_commit(inbox: Inbox) -> None:
    nameless = Mail("telegram:bad", "alice.support", "telegram", "7", None, "{}", 1.0)  # type: ignore[arg-type]
    outcomes = await asyncio.gather(
        inbox.submit([a_mail("telegram:1")]),
        inbox.submit([a_mail("telegram:2"), nameless]),
        inbox.submit([a_mail("telegram:1"), a_mail("telegram:3")]),
        inbox.bots(),
        return_exceptions=True,
    )
    assert outcomes[0] == [True]
    assert outcomes[3] == []
    assert "null" in str(outcomes[1]).lower()
    assert outcomes[2] == [False, True]
    assert [mail.key for mail in await inbox.waiting()] == ["telegram:1", "telegram:3"]


async def test_one_bad_call_spoils_no_other_of_its_commit(inbox: Inbox) -> None:
    bad = Mail("telegram:bad", "alice.support", "telegram", "7", "\udc00", "{}", 1.0)
    outcomes = await asyncio.gather(
        inbox.submit([a_mail("telegram:1")]),
        inbox.submit([a_mail("telegram:2"), bad]),
        inbox.submit([a_mail("telegram:3")]),
        return_exceptions=True,
    )
    assert outcomes[0] == outcomes[2] == [True]
    assert isinstance(outcomes[1], UnicodeEncodeError)
    assert [mail.key for mail in await inbox.waiting()] == ["telegram:1", "telegram:3"]
