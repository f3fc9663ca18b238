"""A budget holds before the call is made; the chatter reads a sentence and the owner a report."""

from __future__ import annotations

import asyncio

import pytest

from agent_runtime import turn
from agent_runtime.bot import CallError, TurnFailedError
from tests.agent_runtime.bot.conftest import Make
from tests.simulators.fixtures import ModelServer


async def test_tokens_of_a_day(make: Make, model_server: ModelServer) -> None:
    stage = await make(budget={"tokens_per_day": 150}, max_output_tokens=100)
    assert (await stage.chat("hello")).text == "echo: hello"
    asked = 1
    while (answer := await stage.chat("hello again, and quite a lot of words with it")).finish == "complete":
        asked += 1
    assert answer.text == turn.OVER_BUDGET
    assert "".join(stage.heard) == turn.OVER_BUDGET
    assert model_server.asked() == asked < 10
    (report,) = stage.reported("budget")
    assert report["limit"] == "tokens_per_day"


async def test_many_at_once_do_not_pass_the_limit_together(make: Make, model_server: ModelServer) -> None:
    stage = await make("slow:0.2", budget={"tokens_per_day": 400}, max_output_tokens=100)
    answers = await asyncio.gather(*(stage.chat("hello", f"web:{n}") for n in range(10)))
    assert model_server.asked() == 3
    assert sum(answer.finish == "budget" for answer in answers) == 7
    assert len({report["id"] for report in stage.reported("budget")}) == 1


async def test_turns_of_one_person_in_an_hour(make: Make, model_server: ModelServer) -> None:
    stage = await make(budget={"turns_per_user_per_hour": 2})
    for _ in range(3):
        await stage.ask("hello")
    assert (await stage.texts())[-1] == turn.TOO_MANY
    await stage.ask("hello", user=1002)
    assert model_server.asked() == 3
    assert stage.reported("budget")[0]["limit"] == "turns_per_user_per_hour"


async def test_what_is_refused_leaves_no_trace_in_the_conversation(make: Make) -> None:
    stage = await make(budget={"turns_per_user_per_hour": 1})
    await stage.chat("one")
    await stage.chat("two")
    messages = (await stage.bot.call("conversations.read", {"conversation": "web:c1"}))["messages"]
    assert [message["text"] for message in messages] == ["one", "echo: one"]


async def test_usage_of_today_is_what_the_model_server_counted(make: Make) -> None:
    stage = await make()
    answers = [await stage.chat(text) for text in ("one", "two")]
    today = await stage.bot.call("usage.today", {})
    assert today["calls"] == 2
    assert today["tokens_in"] == sum(answer.usage["tokens_in"] for answer in answers)
    assert today["unpriced_tokens"] == today["tokens_in"] + today["tokens_out"]
    assert answers[0].usage["usd"] is None


async def test_a_draft_keeps_nothing_but_what_it_spent(make: Make) -> None:
    stage = await make("history")
    messages = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": "two"},
    ]
    heard: list[str] = []
    answer = await stage.bot.draft(messages, heard.append, max_output_tokens=16)
    assert answer.text == "".join(heard) == "user: one | assistant: yes | user: two"
    assert (await stage.bot.call("conversations.list", {}))["items"] == []
    assert (await stage.bot.call("usage.today", {}))["calls"] == 1
    assert await stage.person.sent(stage.token) == []
    await stage.bot.aclose()
    assert b"user: one" not in stage.ledger.read_bytes()
    stage.bot = stage.build()


async def test_a_draft_that_no_model_answers_says_why(make: Make) -> None:
    stage = await make("unauthorized")
    with pytest.raises(TurnFailedError) as caught:
        await stage.bot.draft([{"role": "user", "content": "hello"}], lambda text: None)
    assert "refuses the API key" in caught.value.reason
    assert "Set the secret" in caught.value.next_step


async def test_a_draft_cut_short_by_its_own_limit_is_an_answer(make: Make) -> None:
    stage = await make("long-markdown")
    messages = [{"role": "user", "content": "Tell me all"}]
    answer = await stage.bot.draft(messages, lambda text: None, max_output_tokens=16)
    assert answer.finish == "length"
    assert turn.TOO_LONG not in answer.text


@pytest.mark.parametrize("message", [{}, {"role": "system", "content": "x"}, {"role": "user", "content": 7}])
async def test_a_draft_of_nonsense_is_refused(make: Make, message: dict[str, object]) -> None:
    stage = await make()
    with pytest.raises(CallError, match="needs a role") as caught:
        await stage.bot.draft([message], lambda text: None)
    assert caught.value.problem["status"] == 422


async def test_conversations_are_paged(make: Make) -> None:
    stage = await make()
    for number in range(3):
        await stage.chat("hello", f"web:{number}")
    first = await stage.bot.call("conversations.list", {"limit": "2"})
    assert [one["conversation"] for one in first["items"]] == ["web:2", "web:1"]
    rest = await stage.bot.call("conversations.list", {"limit": 2, "cursor": first["next_cursor"]})
    assert [one["conversation"] for one in rest["items"]] == ["web:0"]
    assert rest["next_cursor"] is None
    for bad in ({"limit": 0}, {"limit": 201}, {"limit": "many"}, {"cursor": "elsewhere"}):
        with pytest.raises(CallError) as caught:
            await stage.bot.call("conversations.list", bad)
        assert caught.value.status == 422
    assert len((await stage.bot.call("conversations.list", {"limit": 200}))["items"]) == 3


async def test_conversations_are_listed_read_and_erased(make: Make) -> None:
    stage = await make()
    await stage.ask("secret words")
    await stage.chat("other", "web:2")
    listed = (await stage.bot.call("conversations.list", {}))["items"]
    assert {one["conversation"] for one in listed} == {"telegram:1001", "web:2"}
    erased = await stage.bot.call("conversations.erase", {"conversation": "telegram:1001"})
    assert erased == {"erased": 1}
    listed = (await stage.bot.call("conversations.list", {}))["items"]
    assert [one["conversation"] for one in listed] == ["web:2"]
