"""Tries, waits, fallbacks and the deadline, with the model server's own clock as the witness."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from agent_runtime.addresses import Reach
from agent_runtime.brains.brain import Brain, BrainError, Message, Prompt
from agent_runtime.brains.openai_compatible import OpenAICompatible
from agent_runtime.brains.policy import Breaker, Said, ask
from agent_runtime.network import guarded_client
from agent_runtime.store.ledger import Used
from tests.simulators.fixtures import ModelServer
from tests.simulators.model.behaviours import Behaviour, rate_limited

PROMPT = Prompt((Message("user", "hello"),))


class CountingPurse:
    """Pays for `calls` calls, and notes what was settled."""

    def __init__(self, calls: int = 100) -> None:
        self.calls = calls
        self.settled: list[Used | None] = []

    async def reserve(self, brain: Brain, prompt: Prompt) -> int | str:
        self.calls -= 1
        return 1 if self.calls >= 0 else "tokens_per_day"

    async def settle(self, reservation: int, used: Used | None, said: Said | None) -> None:
        self.settled.append(used)


@pytest.fixture
async def brains(model_server: ModelServer) -> AsyncIterator[Callable[..., list[Brain]]]:
    client = guarded_client(Reach.LOOPBACK, httpx2.Timeout(30.0))

    def make(*models: str) -> list[Brain]:
        return [
            OpenAICompatible(
                client, model_server.base_url, model, f"sk-{n}", temperature=1.0, max_output_tokens=100
            )
            for n, model in enumerate(models)
        ]

    yield make
    await client.aclose()


async def tripped(breaker: Breaker, brain: Brain) -> tuple[float, BrainError]:
    while (held := breaker.held(brain)) is None:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.005)
    return held


async def run(brains: list[Brain], seconds: float = 20.0, purse: CountingPurse | None = None) -> Said:
    """Our own pauses between tries are skipped; those that a server asks for, a second or more, are not."""

    async def hurry(pause: float) -> None:
        await asyncio.sleep(pause if pause >= 1 else 0)

    return await ask(
        brains, PROMPT, purse or CountingPurse(), lambda text: None, seconds, Breaker(), sleep=hurry
    )


async def test_trouble_that_passes_is_retried(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    purse = CountingPurse()
    said = await run(brains("broken:2"), purse=purse)
    assert (said.outcome, said.text) == ("complete", "echo: hello")
    assert model_server.asked() == 3
    assert [used is None for used in purse.settled] == [True, True, False]


async def test_no_more_than_three_tries(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    said = await run(brains("broken"))
    assert said.outcome == "failed"
    assert model_server.asked() == 3
    assert "HTTP 500" in said.failures[-1].reason


async def test_the_wait_is_at_least_what_the_server_asked_for(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    said = await run(brains("rate-limited:1"))
    first, second = (seen.at for seen in model_server.inside.requests)
    assert said.outcome == "complete"
    assert second - first >= 1.0


async def test_a_wait_beyond_the_deadline_goes_to_the_fallback_at_once(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    model_server.inside.script("first", rate_limited(60))
    started = time.monotonic()
    said = await run(brains("first", "echo"))
    assert said.text == "echo: hello"
    assert model_server.asked("first") == 1
    assert time.monotonic() - started < 5


async def test_a_refused_key_is_asked_once_and_then_the_fallbacks_in_order(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    said = await run(brains("unauthorized", "out-of-quota", "echo", "instructions"))
    assert said.text == "echo: hello"
    assert [seen.model for seen in model_server.inside.requests] == ["unauthorized", "out-of-quota", "echo"]
    assert len(said.failures) == 2


async def test_a_silent_model_leaves_time_for_its_fallback(brains: Callable[..., list[Brain]]) -> None:
    started = time.monotonic()
    said = await run(brains("silent", "echo"), seconds=2.0)
    assert said.text == "echo: hello"
    assert time.monotonic() - started < 2.0
    assert [used.estimated for used in said.used] == [True, False]


async def test_the_deadline_holds_when_all_are_silent(brains: Callable[..., list[Brain]]) -> None:
    started = time.monotonic()
    said = await run(brains("silent", "silent"), seconds=1.0)
    assert said.outcome == "failed"
    assert time.monotonic() - started < 2.0


@pytest.mark.parametrize("cut", range(1, 6))
async def test_a_cut_stream_is_one_partial_answer_and_never_two(
    brains: Callable[..., list[Brain]], model_server: ModelServer, cut: int
) -> None:
    said = await run(brains(f"cut:{cut}", "echo"))
    assert said.outcome == "partial"
    assert said.text.split() == ["one", "two", "three", "four", "five"][:cut]
    assert model_server.asked() == 1


async def test_what_a_deadline_cuts_off_is_partial_too(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    model_server.inside.script("slow-talker", Behaviour(text="one two three four", delay=0.4))
    said = await run(brains("slow-talker", "echo"), seconds=1.0)
    assert said.outcome == "partial"
    assert said.text.startswith("one ")


async def test_no_call_without_a_reservation(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    said = await run(brains("echo", "echo"), purse=CountingPurse(0))
    assert (said.outcome, said.limit) == ("budget", "tokens_per_day")
    assert model_server.asked() == 0


async def test_retries_are_paid_for_too(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    said = await run(brains("broken"), purse=CountingPurse(2))
    assert said.outcome == "budget"
    assert model_server.asked() == 2


async def test_a_refused_key_is_left_alone_by_the_next_messages(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    both, breaker, purse = brains("unauthorized", "echo"), Breaker(), CountingPurse()
    for _ in range(5):
        said = await ask(both, PROMPT, purse, lambda text: None, 10.0, breaker)
        assert said.text == "echo: hello"
    assert model_server.asked("unauthorized") == 1


async def test_nobody_asks_before_the_wait_is_over(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    both, breaker, purse = brains("rate-limited:1"), Breaker(), CountingPurse()
    first = asyncio.create_task(ask(both, PROMPT, purse, lambda text: None, 10.0, breaker))
    assert (await asyncio.wait_for(tripped(breaker, both[0]), 5))[0] > 0.5
    await asyncio.gather(first, ask(both, PROMPT, purse, lambda text: None, 10.0, breaker))
    times = [seen.at for seen in model_server.inside.requests]
    assert len(times) == 3
    assert min(times[1:]) - times[0] >= 0.99


async def test_a_call_that_is_stopped_is_charged(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    model_server.inside.script("talker", Behaviour(text="one two three four", delay=5))
    purse, said, heard = CountingPurse(), Said(), asyncio.Event()
    task = asyncio.create_task(
        ask(brains("talker"), PROMPT, purse, lambda text: heard.set(), 30.0, Breaker(), said)
    )
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said.text == "one "
    assert purse.settled[0] is not None
    assert purse.settled[0].estimated


async def test_a_limit_of_one_model_leaves_the_others_of_the_same_key_alone(
    brains: Callable[..., list[Brain]], model_server: ModelServer
) -> None:
    (first,) = brains("rate-limited")
    (second,) = brains("echo")
    assert first.account == second.account
    said = await run([first, second], seconds=1.5)
    assert said.text == "echo: hello"
