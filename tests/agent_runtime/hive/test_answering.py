"""Messages in, replies out, by real processes; the bot itself is a fake."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from agent_runtime.hive_client import Event, HiveError
from tests.agent_runtime.hive.running import TestedBot, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def chat(bot: TestedBot, text: str, conversation: str | None = None) -> list[Event]:
    events = bot.client.chat(bot.id, text=text, sender="web:1", conversation=conversation)
    return [event async for event in events]


async def collect(events: AsyncIterator[Event], seen: list[Event]) -> None:
    async for event in events:
        seen += [event]


async def test_a_message_is_answered_once_by_a_worker_of_its_bot(bot: TestedBot) -> None:
    await bot.deploy()
    assert (await bot.status())["phase"] == "idle"
    assert bot.workers() == []
    await bot.send(1, "hello")
    await bot.send(1, "hello")
    await bot.send(2, "again")
    sent = await bot.all_sent(2)
    assert [each["reply"] for each in sent] == ["one: hello", "one: again"]
    await bot.becomes(phase="live", worker="ready", revision="r-one")
    assert len(bot.workers()) == 1


async def test_one_message_of_a_conversation_at_a_time_and_conversations_side_by_side(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.client.start(bot.id)
    before = time.monotonic()
    for number in range(3):
        for conversation in ("a", "b", "c"):
            await bot.send(f"{conversation}{number}", "slow 0.3", conversation=conversation)
    sent = await bot.all_sent(9)
    took = time.monotonic() - before
    for conversation in ("a", "b", "c"):
        keys = [each["key"] for each in sent if each["conversation"] == conversation]
        assert keys == [f"test:{conversation}{number}" for number in range(3)]
    assert 0.9 <= took < 2.4


async def test_chat_streams_and_ends_with_the_whole(bot: TestedBot) -> None:
    await bot.deploy()
    *deltas, done = await chat(bot, "good morning", "web:42")
    assert [event.event for event in deltas] == ["delta"] * 3
    assert "".join(event.data["text"] for event in deltas) == "one: good morning "
    assert done.event == "done"
    assert done.data["text"] == "one: good morning"
    assert done.data["conversation"] == "web:42"
    assert done.data["usage"] == {"tokens": 17}


async def test_a_chat_whose_worker_dies_is_answered_by_the_next_one(bot: TestedBot) -> None:
    await bot.deploy()
    chatting = asyncio.create_task(chat(bot, "slow 0.5"))
    await bot.logged("answering")
    bot.kill_worker()
    assert (await chatting)[-1].data["text"] == "one: slow 0.5"
    assert len(bot.sent()) == 1


@pytest.mark.parametrize("how", ["killed", "replaced"])
async def test_a_chat_goes_on_over_the_death_or_the_replacement_of_the_dispatcher(
    bot: TestedBot, how: str
) -> None:
    await bot.deploy()
    chatting = asyncio.create_task(chat(bot, "slow 0.5"))
    await bot.logged("answering")
    await (bot.hive.kill("dispatcher") if how == "killed" else bot.hive.running.replace("dispatcher"))
    *_, done = await chatting
    assert (done.event, done.data["text"]) == ("done", "one: slow 0.5")
    assert len(bot.sent()) == 1


async def test_an_answer_can_be_cancelled(bot: TestedBot) -> None:
    await bot.deploy()
    before = time.monotonic()
    chatting = asyncio.create_task(chat(bot, "slow 30", "web:7"))
    await bot.logged("answering")
    await bot.client.cancel(bot.id, "web:7")
    assert (await chatting)[-1].event == "done"
    assert time.monotonic() - before < 10


async def test_a_probe_and_a_draft_say_what_the_model_says(bot: TestedBot) -> None:
    await bot.deploy()
    assert (await bot.client.probe(bot.id))["text"] == "hello to Say hello in one word. within 16"
    spec = {"version": 1, "name": "other", "instructions": "x"}
    events = [event async for event in bot.client.try_draft(spec, {}, [{"role": "user", "content": "me"}])]
    assert [event.event for event in events] == ["delta", "delta", "done"]
    assert events[-1].data["text"] == "hello to me within None"
    assert not bot.hive.home.bot("draft.other").exists()
    await until(lambda: not [each for each in bot.hive.workers() if each.info["name"] == "bot draft"])


async def test_a_draft_that_is_not_valid_or_lacks_a_secret_is_refused(bot: TestedBot) -> None:
    keyed = {"provider": "openai", "name": "m", "key": {"secret": "MODEL_KEY"}}
    for more, detail in (({"colour": "red"}, "colour"), ({"model": keyed}, "MODEL_KEY")):
        spec = {"version": 1, "name": "other", "instructions": "x", **more}
        with pytest.raises(HiveError, match=detail) as refused:
            [event async for event in bot.client.try_draft(spec, {}, [{"role": "user", "content": "me"}])]
        assert refused.value.status == 422


async def test_a_failed_probe_says_why_and_leaves_the_bot_degraded(bot: TestedBot) -> None:
    await bot.deploy(instructions="no model")
    with pytest.raises(HiveError) as refused:
        await bot.client.probe(bot.id)
    assert refused.value.status == 502
    assert "the model does not answer" in refused.value.problem["detail"]
    status = await bot.status()
    assert status["phase"] == "degraded"
    assert "the model does not answer" in status["reason"]
    await bot.deploy(instructions="better")
    assert (await bot.status())["phase"] in {"live", "idle"}


async def test_a_bot_has_the_variables_of_its_specification_and_no_other_bots(bot: TestedBot) -> None:
    other = bot.hive.bot()
    await bot.deploy(environment={"STORE": "eu"})
    await other.deploy(environment={"SHOP": "us"})
    await other.send(1, "environment")
    await bot.send(1, "environment")
    assert (await bot.all_sent(1))[0]["reply"] == '{"BOT_STORE": "eu"}'
    assert (await other.all_sent(1))[0]["reply"] == '{"BOT_SHOP": "us"}'


async def test_calls_reach_the_bot(bot: TestedBot) -> None:
    await bot.deploy()
    answer = await bot.client.conversation(bot.id, "telegram:7/8")
    assert (answer["method"], answer["params"]) == ("conversations.read", {"conversation": "telegram:7/8"})
    answer = await bot.client.approve(bot.id, {"sender": "telegram:1"})
    assert (answer["method"], answer["params"]) == ("access.approve", {"sender": "telegram:1"})


async def test_a_call_that_is_refused_is_one_line_in_the_log_and_no_failure(bot: TestedBot) -> None:
    await bot.deploy()
    with pytest.raises(HiveError, match="Nobody is called so") as refused:
        await bot.client.approve(bot.id, {"sender": "nobody"})
    assert refused.value.status == 404
    (line,) = await bot.logged("question_refused")
    assert (line["level"], line["reason"]) == ("info", "Nobody is called so.")
    assert "error" not in line
    assert [line for line in await bot.events() if line["event"] == "question_failed"] == []


async def test_messages_that_are_none_are_refused(bot: TestedBot) -> None:
    await bot.deploy()
    good = {"channel": "test", "platform_id": "1", "conversation": "c", "sender": "s", "payload": {}}
    for bad in ({"platform_id": ""}, {"conversation": "x" * 300}, {"sender": "a\x00b"}, {"payload": None}):
        with pytest.raises(HiveError) as refused:
            await bot.client.deliver(bot.id, **{**good, **bad})  # type: ignore[arg-type]
        assert refused.value.status == 422
        assert next(iter(bad)) in str(refused.value)
        assert not any(name in str(refused.value) for name in good if name not in bad)
    with pytest.raises(HiveError) as refused:
        await bot.client.deliver("al.nobody", **good)  # type: ignore[arg-type]
    assert refused.value.status == 404
    with pytest.raises(HiveError) as refused:
        await bot.client.deliver(bot.id, **{**good, "payload": {"text": "x" * 300_000}})  # type: ignore[arg-type]
    assert refused.value.status == 413


async def test_reports_come_once_and_stay_until_acknowledged(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(1, "hello")
    await bot.send(2, "hello")
    reports = await bot.reported("usage", 2)
    assert [report["id"] for report in reports] == [f"{bot.id}/usage/test:1", f"{bot.id}/usage/test:2"]
    assert reports[0]["data"] == {"tokens": 10}
    await bot.client.acknowledge_reports(reports[0]["seq"])
    assert [report["id"] for report in await bot.reports("usage")] == [f"{bot.id}/usage/test:2"]


async def test_logs_are_followed_and_resumed_by_id(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(1, "hello")
    await bot.all_sent(1)
    seen: list[Event] = []
    following = asyncio.create_task(collect(bot.client.logs(bot.id, follow=True), seen))

    def texts() -> list[str]:
        return [event.data["text"] for event in seen if event.data["event"] == "answering"]

    await until(lambda: texts() == ["hello"])
    assert [event.data["event"] for event in seen] == ["worker_started", "answering"]
    await bot.send(2, "again")
    await until(lambda: texts() == ["hello", "again"])
    following.cancel()
    after = [event.data["text"] async for event in bot.client.logs(bot.id, after=seen[1].id)]
    assert after == ["again"]
    assert [event async for event in bot.client.logs(bot.id, level="error")] == []


async def test_statuses_come_whole_and_then_as_they_change(bot: TestedBot) -> None:
    await bot.deploy()
    events: list[Event] = []
    following = asyncio.create_task(collect(bot.client.statuses(), events))

    def seen() -> list[tuple[str, str | None]]:
        of_bot = [each for each in events if each.event == "ready" or each.data["id"] == bot.id]
        return [(each.event, each.data.get("phase")) for each in of_bot]

    await until(lambda: ("ready", None) in seen())
    assert seen() == [("status", "idle"), ("ready", None)]
    await bot.client.start(bot.id)
    await bot.client.delete_bot(bot.id)
    await until(lambda: ("removed", None) in seen())
    assert ("status", "live") in seen()
    following.cancel()
