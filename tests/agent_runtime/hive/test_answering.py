"""Messages in, replies out, by real processes; the bot itself is a fake."""

from __future__ import annotations

from tests.agent_runtime.hive.running import BOT, Hive


async def test_a_message_is_answered_once_by_a_worker_of_its_bot(hive: Hive) -> None:
    await hive.deploy()
    assert await hive.phase() == "idle"
    assert hive.workers() == []
    await hive.send(1, "hello")
    await hive.send(1, "hello")
    await hive.send(2, "again")
    sent = await hive.all_sent(2)
    assert [each["reply"] for each in sent] == ["one: hello", "one: again"]
    assert await hive.phase() == "live"
    assert len(hive.workers()) == 1
    assert (await hive.client.bots()) == {BOT: "r-one"}
