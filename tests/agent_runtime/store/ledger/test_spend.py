"""A budget holds whatever runs at once, and nothing that may have been charged is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from agent_runtime.store.ledger import Ledger, Limits, Step, Turn, Used
from tests.agent_runtime.store.ledger.conftest import Opener

NOON = 1_795_262_400.0
DAY = "2026-11-21"
LIMITS = Limits(usd=1.0, tokens=1000)


async def test_a_call_is_reserved_and_settled(ledger: Ledger) -> None:
    reservation = await ledger.spend.reserve("k", NOON, 500, 0.5, LIMITS)
    assert isinstance(reservation, int)
    await ledger.spend.settle(reservation, Used("gpt", 100, 20, 0.02))
    totals = await ledger.spend.totals(DAY)
    assert (totals["tokens_in"], totals["tokens_out"], totals["usd"], totals["calls"]) == (100, 20, 0.02, 1)
    assert totals["models"]["gpt"]["tokens_in"] == 100


async def test_what_is_reserved_counts_until_it_is_settled(ledger: Ledger) -> None:
    first = await ledger.spend.reserve("k", NOON, 600, 0.0, LIMITS)
    assert isinstance(first, int)
    assert await ledger.spend.reserve("k", NOON, 600, 0.0, LIMITS) == "tokens_per_day"
    await ledger.spend.settle(first, None)
    assert isinstance(await ledger.spend.reserve("k", NOON, 600, 0.0, LIMITS), int)


async def test_calls_at_once_never_pass_the_limit_together(ledger: Ledger) -> None:
    found = await asyncio.gather(*(ledger.spend.reserve("k", NOON, 100, 0.3, LIMITS) for _ in range(20)))
    assert sum(isinstance(one, int) for one in found) == 3
    assert {one for one in found if isinstance(one, str)} == {"usd_per_day"}


async def test_a_new_day_begins_at_nothing(ledger: Ledger) -> None:
    assert isinstance(await ledger.spend.reserve("k", NOON, 1000, 1.0, LIMITS), int)
    assert isinstance(await ledger.spend.reserve("k", NOON + 86_400, 1000, 1.0, LIMITS), int)


async def test_a_free_call_passes_a_money_limit_of_nothing(ledger: Ledger) -> None:
    assert isinstance(await ledger.spend.reserve("k", NOON, 10, 0.0, Limits(0.0, 1000)), int)
    assert await ledger.spend.reserve("k", NOON, 10, 0.01, Limits(0.0, 1000)) == "usd_per_day"


async def test_tokens_without_a_price_are_counted_as_such(ledger: Ledger) -> None:
    reservation = await ledger.spend.reserve("k", NOON, 10, 0.0, LIMITS)
    assert isinstance(reservation, int)
    await ledger.spend.settle(reservation, Used("own", 7, 2, None))
    totals = await ledger.spend.totals(DAY)
    assert (totals["unpriced_tokens"], totals["usd"]) == (9, 0.0)


async def test_what_a_dead_worker_had_reserved_counts_as_spent(opener: Opener) -> None:
    ledger = opener()
    assert isinstance(await ledger.spend.reserve("k", NOON, 900, 0.9, LIMITS), int)
    await ledger.aclose()
    ledger = opener()
    assert await ledger.spend.reserve("k", NOON, 200, 0.0, LIMITS) == "tokens_per_day"
    totals = await ledger.spend.totals(DAY)
    await ledger.aclose()
    assert totals["usd"] == pytest.approx(0.9)


async def test_settling_twice_counts_once(ledger: Ledger) -> None:
    reservation = await ledger.spend.reserve("k", NOON, 10, 0.0, LIMITS)
    assert isinstance(reservation, int)
    for _ in range(2):
        await ledger.spend.settle(reservation, Used("gpt", 5, 5, 0.1))
    assert (await ledger.spend.totals(DAY))["calls"] == 1


async def test_a_result_is_journalled_with_its_cost_until_the_reply_is_stored(opener: Opener) -> None:
    ledger = opener()
    turn = Turn("k", "c", "web", "p", "hello", NOON)
    await ledger.turns.begin(turn)
    for text in ("one", "two"):
        reservation = await ledger.spend.reserve("k", NOON, 10, 0.0, LIMITS)
        assert isinstance(reservation, int)
        await ledger.spend.settle(reservation, Used("gpt", 5, 5, 0.1), Step("model", {"text": text}))
    await ledger.aclose()
    ledger = opener()
    stored = await ledger.turns.begin(turn)
    assert [(step.kind, step.data["text"]) for step in stored.journal] == [("model", "one"), ("model", "two")]
    assert (await ledger.turns.answer("k", "one", "complete", {}, [])).journal == ()
    await ledger.aclose()
