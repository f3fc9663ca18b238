"""Turns are kept once by their key, remembered as told, and forgotten when asked."""

from __future__ import annotations

import asyncio

import pytest

from agent_runtime.store.ledger import Ledger, PartState, Step, Turn, TurnState
from tests.agent_runtime.store.ledger.conftest import Opener


def turn(key: str, text: str = "hello", conversation: str = "c", sender: str = "p", at: float = 1.0) -> Turn:
    return Turn(key, conversation, "telegram", sender, text, at)


async def answered(ledger: Ledger, key: str, text: str, reply: str, at: float, parts: int = 0) -> Turn:
    await ledger.turns.begin(turn(key, text, at=at))
    payloads = [{"text": f"{reply} {n}"} for n in range(parts)]
    return await ledger.turns.answer(key, reply, "complete", {"tokens_in": 1}, payloads)


async def test_a_turn_begins_once(ledger: Ledger) -> None:
    first = await ledger.turns.begin(turn("k", "one"))
    again = await ledger.turns.begin(turn("k", "two"))
    assert first.state is TurnState.OPEN
    assert again.text == "one"


async def test_what_an_open_turn_has_come_to_is_there_for_the_next(ledger: Ledger) -> None:
    await ledger.turns.begin(turn("k"))
    for number in range(2):
        await ledger.turns.journal("k", Step("shown", {"id": str(number)}))
    assert [step.data["id"] for step in (await ledger.turns.begin(turn("k"))).journal] == ["0", "1"]
    await ledger.turns.answer("k", "a", "complete", {}, [])
    assert (await ledger.turns.begin(turn("k"))).journal == ()


async def test_two_beginnings_at_once_are_one_turn(ledger: Ledger) -> None:
    found = await asyncio.gather(*(ledger.turns.begin(turn("k", str(n))) for n in range(20)))
    assert len({one.text for one in found}) == 1


async def test_an_answer_is_stored_once_with_its_parts(ledger: Ledger) -> None:
    await answered(ledger, "k", "q", "first", 1.0, parts=2)
    again = await ledger.turns.answer("k", "second", "complete", {}, [{"text": "x"}])
    assert again.reply == "first"
    assert [part.payload["text"] for part in again.parts] == ["first 0", "first 1"]
    assert again.state is TurnState.ANSWERED


async def test_an_answer_without_parts_is_done(ledger: Ledger) -> None:
    assert (await answered(ledger, "k", "q", "a", 1.0)).state is TurnState.DONE


async def test_an_answer_survives_reopening(opener: Opener) -> None:
    ledger = opener()
    await answered(ledger, "k", "q \U0001f4e6 \u2028", "a \ud83d half", 1.0, parts=1)
    await ledger.outbox.mark("k", 0, PartState.SENDING)
    await ledger.aclose()
    ledger = opener()
    stored = await ledger.turns.begin(turn("k"))
    await ledger.aclose()
    assert stored.text == "q \U0001f4e6 \u2028"
    assert stored.reply == "a ? half"
    assert [part.state for part in stored.parts] == [PartState.SENDING]


async def test_history_is_the_last_turns_of_one_conversation_oldest_first(ledger: Ledger) -> None:
    for n in range(5):
        await answered(ledger, f"k{n}", f"q{n}", f"a{n}", float(n))
    await ledger.turns.begin(turn("other", conversation="d"))
    await ledger.turns.answer("other", "x", "complete", {}, [])
    history = await ledger.turns.history("c", 3)
    assert [(one.text, one.reply) for one in history] == [("q2", "a2"), ("q3", "a3"), ("q4", "a4")]
    assert await ledger.turns.history("c", 0) == []


async def test_what_is_not_to_be_remembered_and_what_is_open_is_no_history(ledger: Ledger) -> None:
    await ledger.turns.begin(turn("notice"))
    await ledger.turns.answer("notice", "no", "notice", {}, [], remembered=False)
    await ledger.turns.begin(turn("open"))
    assert await ledger.turns.history("c", 10) == []


async def test_only_turns_of_a_model_count_for_a_person(ledger: Ledger) -> None:
    await answered(ledger, "old", "q", "a", 10.0)
    await answered(ledger, "new", "q", "a", 20.0)
    await ledger.turns.begin(turn("notice", at=21.0))
    await ledger.turns.answer("notice", "no", "notice", {}, [], remembered=False)
    assert await ledger.turns.taken_since("p", 15.0) == 1
    assert await ledger.turns.taken_since("q", 0.0) == 0


async def test_an_erased_conversation_is_gone_and_not_answered_again(ledger: Ledger) -> None:
    await answered(ledger, "k1", "secret words", "secret reply", 1.0, parts=1)
    await answered(ledger, "k2", "more", "still more", 2.0)
    assert [one["turns"] for one in (await ledger.turns.conversations(10))[0]] == [2]
    assert await ledger.turns.erase("c") == 2
    assert await ledger.turns.conversations(10) == ([], None)
    stored = await ledger.turns.begin(turn("k1"))
    assert (stored.text, stored.reply, stored.parts, stored.state) == ("", "", (), TurnState.DONE)


async def test_conversations_come_in_pages_the_latest_first_each_once(ledger: Ledger) -> None:
    for n in range(7):
        # Three of each moment, as when a platform hands over many messages at once.
        await ledger.turns.begin(turn(f"k{n}", conversation=f"c{n}" + "\u00e9" * 250, at=n // 3 + 0.1))
        await ledger.turns.answer(f"k{n}", "a", "complete", {}, [])
    seen, after = [], None
    for size in (2, 2, 2, 1):
        items, after = await ledger.turns.conversations(2, after)
        assert len(items) == size
        seen += [item["conversation"][:2] for item in items]
        assert len(after or "") < 60
        # One that has just been spoken in is on a page before, and does not come again.
        await answered(ledger, f"new{size}{len(seen)}", "q", "a", 9.0)
    assert after is None
    assert seen == ["c6", "c5", "c4", "c3", "c2", "c1", "c0"]


@pytest.mark.parametrize("place", ["", "x", "1.0", "1.0~", "nan~1", "inf~1", "1~-1", "1~" + "9" * 80])
async def test_what_is_no_place_in_the_list_is_refused(ledger: Ledger, place: str) -> None:
    with pytest.raises(ValueError, match=r"place|float"):
        await ledger.turns.conversations(1, place)


async def test_erasing_ends_what_was_on_its_way_out(ledger: Ledger) -> None:
    await ledger.turns.begin(turn("notice"))
    await ledger.turns.answer("notice", "no", "notice", {}, [{"text": "no"}], remembered=False)
    await ledger.turns.erase("c")
    assert await ledger.outbox.unsent("c") == []


async def test_pruning_forgets_words_first_and_keys_later(ledger: Ledger) -> None:
    for n in range(3):
        await answered(ledger, f"k{n}", f"q{n}", f"a{n}", float(n))
    await ledger.turns.prune(words_before=2.0, keys_before=1.0)
    assert [one.text for one in await ledger.turns.history("c", 10)] == ["q2"]
    assert (await ledger.turns.begin(turn("k1"))).state is TurnState.DONE
    assert (await ledger.turns.begin(turn("k0", "anew"))).text == "anew"


async def test_pruning_keeps_what_is_not_sent_yet(ledger: Ledger) -> None:
    await answered(ledger, "k", "q", "a", 1.0, parts=1)
    await ledger.turns.prune(words_before=100.0, keys_before=100.0)
    assert len((await ledger.turns.begin(turn("k"))).parts) == 1


async def test_the_outbox_knows_what_is_left(ledger: Ledger) -> None:
    await answered(ledger, "k", "q", "a", 1.0, parts=2)
    assert [one.key for one in await ledger.outbox.unsent("c")] == ["k"]
    assert await ledger.outbox.unsent("d") == []
    await ledger.outbox.mark("k", 0, PartState.SENDING)
    await ledger.outbox.mark("k", 0, PartState.SENT, "77")
    assert (await ledger.turns.begin(turn("k"))).state is TurnState.ANSWERED
    await ledger.outbox.mark("k", 1, PartState.DROPPED)
    stored = await ledger.turns.begin(turn("k"))
    assert [part.state for part in stored.parts] == [PartState.SENT, PartState.DROPPED]
    assert stored.state is TurnState.DONE
    assert await ledger.outbox.unsent("c") == []
