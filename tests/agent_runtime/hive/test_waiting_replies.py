"""Replies that can't leave while a platform is away: kept and tried again, however long that takes."""

from __future__ import annotations

import pytest

from tests.agent_runtime.hive.running import TestedBot, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_long_outage_of_the_platform_sets_no_message_aside(bot: TestedBot) -> None:
    await bot.deploy()
    away = bot.hive.home.bot(bot.id) / "away"
    away.touch()
    await bot.send(0, "away", conversation="out")
    await bot.send(1, "after it", conversation="out")
    await bot.send(2, "hello", conversation="other")

    async def tried_often() -> bool:
        return len(await bot.logged("reply_waits")) > 6

    await until(tried_often)
    assert [each["key"] for each in bot.sent()] == ["test:2"]
    waits = [line["seconds"] for line in await bot.logged("reply_waits")]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.4]
    away.unlink()
    sent = await bot.all_sent(3)
    assert [(each["key"], each["attempt"]) for each in sent] == [("test:2", 0), ("test:0", 0), ("test:1", 0)]
    assert await bot.reports("set_aside") == []


async def test_a_refused_token_waits_without_a_worker_for_a_new_revision(bot: TestedBot) -> None:
    await bot.deploy(instructions="one")
    await bot.send(0, "token")
    await bot.logged("reply_waits")
    await bot.becomes(worker="none", phase="idle")
    assert len(await bot.logged("answering")) == 1
    await bot.deploy(instructions="two")
    (sent,) = await bot.all_sent(1)
    assert (sent["reply"], sent["attempt"]) == ("two: token", 0)


async def test_a_message_that_waits_is_taken_up_by_the_next_dispatcher(bot: TestedBot) -> None:
    await bot.deploy()
    away = bot.hive.home.bot(bot.id) / "away"
    away.touch()
    await bot.send(0, "away")
    await bot.logged("reply_waits")
    await bot.hive.kill("dispatcher")
    away.unlink()
    assert [each["key"] for each in await bot.all_sent(1)] == ["test:0"]
