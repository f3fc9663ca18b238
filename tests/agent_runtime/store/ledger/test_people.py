"""Who may talk, and the pairing code that works once."""

from __future__ import annotations

import asyncio

from agent_runtime.store.ledger import Ledger, Person


async def test_people_change_their_role_and_keep_their_name(ledger: Ledger) -> None:
    await ledger.people.put(Person("t:1", "Ann", "asking", 1.0))
    await ledger.people.put(Person("t:1", "", "member", 2.0))
    assert await ledger.people.everybody() == [Person("t:1", "Ann", "member", 1.0)]
    assert await ledger.people.role("t:1") == "member"
    assert await ledger.people.remove("t:1")
    assert not await ledger.people.remove("t:1")
    assert await ledger.people.role("t:1") is None


async def test_a_pairing_code_makes_one_owner_however_many_try(ledger: Ledger) -> None:
    await ledger.people.set_note("pairing_code", "right")
    assert not await ledger.people.pair(Person("t:9", "Eve", "owner", 1.0), "wrong")
    assert not await ledger.people.pair(Person("t:9", "Eve", "owner", 1.0), "")
    tries = (ledger.people.pair(Person(f"t:{n}", "", "owner", 1.0), "right") for n in range(10))
    assert sum(await asyncio.gather(*tries)) == 1
    assert len(await ledger.people.everybody()) == 1
    assert await ledger.people.note("pairing_code") is None


async def test_without_a_code_nobody_is_paired(ledger: Ledger) -> None:
    assert not await ledger.people.pair(Person("t:9", "Eve", "owner", 1.0), "")


async def test_notes_are_set_and_removed(ledger: Ledger) -> None:
    await ledger.people.set_note("a", "1")
    await ledger.people.set_note("a", "2")
    assert await ledger.people.note("a") == "2"
    await ledger.people.set_note("a", None)
    assert await ledger.people.note("a") is None
