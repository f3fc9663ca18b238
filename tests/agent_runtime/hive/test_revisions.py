"""Bots come, change, rest and go; their messages stay."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from agent_runtime.hive_client import HiveError
from tests.agent_runtime.hive.running import TestedBot, running_hive, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_idle_worker_leaves_and_a_message_wakes_another(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(1, "hello")
    first = (await bot.all_sent(1))[0]["pid"]
    await bot.becomes(worker="none", phase="idle")
    assert bot.workers() == []
    await bot.send(2, "hello")
    assert (await bot.all_sent(2))[1]["pid"] != first


async def test_messages_that_come_as_a_worker_leaves_are_not_lost(bot: TestedBot) -> None:
    await bot.deploy()
    for number in range(5):
        await bot.send(number, "hello")
        await bot.all_sent(number + 1)
        # The next comes as soon as it is known to leave; its process may still be there.
        await bot.becomes(worker="none")
    assert len({each["pid"] for each in bot.sent()}) == 5


async def test_a_new_revision_under_traffic_loses_nothing_and_keeps_order(bot: TestedBot) -> None:
    await bot.deploy(instructions="one")
    sent = 0
    for revision in ("two", "three", "four"):
        for _ in range(10):
            await bot.send(sent, "slow 0.02", conversation=str(sent % 3))
            sent += 1
        await bot.deploy(instructions=revision)
    await bot.send(sent, "last", conversation=str(sent % 3))
    answers = await bot.all_sent(sent + 1)
    assert len(answers) == sent + 1
    assert next(each["reply"] for each in answers if each["text"] == "last") == "four: last"
    for conversation in "012":
        numbers = [int(each["key"][5:]) for each in answers if each["conversation"] == conversation]
        assert numbers == sorted(numbers)


async def test_what_is_in_hand_is_finished_by_the_revision_that_began_it(bot: TestedBot) -> None:
    await bot.deploy(instructions="one")
    await bot.send(1, "slow 0.5")
    await bot.logged("answering")
    await bot.deploy(instructions="two")
    await bot.client.start(bot.id)
    assert [each["reply"] for each in bot.sent()] == ["one: slow 0.5"]
    await bot.send(2, "hello")
    assert (await bot.all_sent(2))[1]["reply"] == "two: hello"


async def test_a_paused_bot_keeps_its_mail_until_it_is_resumed(bot: TestedBot) -> None:
    await bot.deploy(revision="r1")
    await bot.client.start(bot.id)
    await bot.deploy(revision="r2", paused=True)
    await bot.send(1, "hello")
    await bot.becomes(worker="none", phase="paused", next_step="Resume it.")
    with pytest.raises(HiveError) as refused:
        await bot.client.start(bot.id)
    assert refused.value.status == 409
    with pytest.raises(HiveError, match="paused"):
        [event async for event in bot.client.chat(bot.id, text="anybody there?", sender="web:1")]
    assert bot.sent() == []
    await bot.deploy(revision="r3")
    await bot.all_sent(1)


async def test_a_removed_bot_leaves_nothing(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(1, "slow 5")
    await bot.logged("answering")
    await bot.client.delete_bot(bot.id)
    await until(lambda: bot.workers() == [])
    assert not bot.hive.home.bot(bot.id).exists()
    assert bot.id not in await bot.client.bots()
    with pytest.raises(HiveError) as refused:
        await bot.status()
    assert refused.value.status == 404
    await bot.deploy(instructions="anew")
    await bot.send(1, "hello")
    assert [each["reply"] for each in await bot.all_sent(1)] == ["anew: hello"]


async def test_bad_registrations_change_nothing(bot: TestedBot) -> None:
    await bot.deploy()
    before = await bot.client.bots()
    wrong = ((bot.id, "r-none"), (bot.id, "../../x"), ("al.other", "r1"), ("Alice.x", "r1"))
    for name, revision in wrong:
        with pytest.raises(HiveError) as refused:
            await bot.client.put_bot(name, revision)
        assert refused.value.status == 422
    folder = bot.hive.home.revision(bot.id, "bad")
    folder.mkdir(parents=True)
    (folder / "bot.yaml").write_text("version: 1\nname: support\ncolour: red\n")
    with pytest.raises(HiveError, match="colour"):
        await bot.client.put_bot(bot.id, "bad")
    assert await bot.client.bots() == before
    await bot.send(1, "hello")
    await bot.all_sent(1)


async def test_a_stopped_hive_leaves_no_process_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with running_hive(tmp_path) as hive:
        bot = hive.bot()
        await bot.deploy(paused=True)
        await bot.send(1, "hello")
    async with running_hive(tmp_path) as hive:
        bot = hive.bot()
        assert await bot.client.bots() == {bot.id: "r-one"}
        await bot.becomes(phase="paused")
        await bot.deploy(instructions="two")
        await bot.all_sent(1)
        os.kill(bot.workers()[0].pid, signal.SIGTERM)
        await until(lambda: bot.workers() == [])
        await bot.send(2, "hello")
        await bot.all_sent(2)
