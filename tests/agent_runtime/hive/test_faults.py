"""Any part may be killed at any moment: nothing is lost, order is kept, and what is at fault is named."""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
import time

import pytest

from agent_runtime.hive_client import HiveError
from tests.agent_runtime.hive.running import Hive, TestedBot, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.long]


async def keep_sending(bot: TestedBot, count: int) -> None:
    for number in range(count):
        await bot.send(number, "slow 0.01", conversation=str(number % 5))
        await asyncio.sleep(0.01)


def assert_whole(bot: TestedBot, count: int) -> None:
    """Every message once, and in each conversation in order."""
    sent = bot.sent()
    assert sorted(int(each["key"][5:]) for each in sent) == list(range(count))
    for conversation in "01234":
        numbers = [int(each["key"][5:]) for each in sent if each["conversation"] == conversation]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("part", ["dispatcher", "receiver", "launcher", "keeper"])
async def test_a_part_is_killed_twice_during_traffic(bot: TestedBot, part: str) -> None:
    await bot.deploy()
    count = 60
    sending = asyncio.create_task(keep_sending(bot, count))
    recovered = []
    for fraction in (10, 30):
        await bot.all_sent(fraction)
        before = time.monotonic()
        await bot.hive.kill(part)
        recovered.append(time.monotonic() - before)
    await sending
    await bot.all_sent(count)
    assert_whole(bot, count)
    print(f"\n{part} serves again after {max(recovered):.2f} s")


@pytest.mark.parametrize("part", ["dispatcher", "receiver", "launcher", "keeper", "listeners-0"])
async def test_a_part_is_restarted_as_planned_during_traffic(bot: TestedBot, part: str) -> None:
    await bot.deploy()
    count = 40
    sending = asyncio.create_task(keep_sending(bot, count))
    await bot.all_sent(10)
    await bot.hive.running.replace(part)
    await sending
    await bot.all_sent(count)
    assert_whole(bot, count)
    # Planned: what was in hand was finished first, so nobody began anything twice.
    assert {each["attempt"] for each in bot.sent()} == {0}
    assert [line for line in await bot.events() if line["event"] == "worker_died"] == []


async def test_workers_are_killed_during_traffic(bot: TestedBot) -> None:
    await bot.deploy()
    count = 60
    sending = asyncio.create_task(keep_sending(bot, count))
    for fraction in (5, 20, 40):
        await bot.all_sent(fraction)
        await until(bot.kill_worker)
    await sending
    await bot.all_sent(count)
    assert_whole(bot, count)
    assert await bot.reports("set_aside") == []


async def test_a_probe_survives_the_death_of_its_worker(bot: TestedBot) -> None:
    await bot.deploy(instructions="slow to answer")
    probing = asyncio.create_task(bot.client.probe(bot.id))
    await bot.logged("worker_started")
    assert bot.kill_worker() == 1
    assert (await probing)["text"].startswith("hello")
    assert (await bot.status())["phase"] in {"live", "idle"}


async def test_a_probe_that_its_workers_die_of_fails(bot: TestedBot) -> None:
    await bot.deploy(instructions="dies of it")
    with pytest.raises(HiveError) as refused:
        await bot.client.probe(bot.id)
    assert "SIGKILL" in str(refused.value) or "ended" in str(refused.value)
    assert (await bot.status())["phase"] == "failed"


async def test_a_workers_dispatcher_and_launcher_die_together(bot: TestedBot) -> None:
    await bot.deploy()
    count = 30
    sending = asyncio.create_task(keep_sending(bot, count))
    await bot.all_sent(10)
    bot.kill_worker()
    await asyncio.gather(bot.hive.kill("launcher"), bot.hive.kill("dispatcher"))
    await sending
    await bot.all_sent(count)
    assert_whole(bot, count)


async def test_a_poison_message_is_set_aside_and_the_rest_are_answered(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(0, "poison", conversation="bad")
    for number in range(1, 7):
        await bot.send(number, "hello", conversation=f"good{number % 2}")
    await bot.send(7, "after it", conversation="bad")
    sent = await bot.all_sent(7)
    assert {each["key"] for each in sent} == {f"test:{number}" for number in range(1, 8)}
    (report,) = await bot.reported("set_aside")
    assert report["data"]["key"] == "test:0"
    assert report["data"]["attempts"] == 5
    await bot.hive.kill("dispatcher")
    await bot.send(8, "hello", conversation="bad")
    assert (await bot.all_sent(8))[-1]["key"] == "test:8"


async def test_a_message_that_fails_is_tried_again_and_set_aside_too(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(0, "broken", conversation="bad")
    await bot.send(1, "hello", conversation="good")
    await bot.all_sent(1)
    (report,) = await bot.reported("set_aside")
    assert "can't answer" in report["data"]["reason"]
    await bot.send(2, "hello", conversation="bad")
    assert (await bot.all_sent(2))[-1]["key"] == "test:2"
    assert [line for line in await bot.events() if line["event"] == "worker_died"] == []


async def test_a_bot_that_cannot_start_is_failed_with_the_reason_and_others_are_not(
    bot: TestedBot, hive: Hive
) -> None:
    other = hive.bot()
    await bot.deploy(instructions="unfit")
    await other.deploy()
    with pytest.raises(HiveError, match="it is unfit") as refused:
        await bot.client.start(bot.id)
    assert refused.value.status == 409
    status = await bot.status()
    assert status["phase"] == "failed"
    assert "it is unfit" in status["reason"]
    assert status["next_step"]
    await bot.send(1, "hello")
    await other.send(1, "hello")
    await other.all_sent(1)
    await other.becomes(phase="live")
    await bot.deploy(instructions="fit again")
    assert [each["reply"] for each in await bot.all_sent(1)] == ["fit again: hello"]
    await bot.becomes(phase="live")


async def test_a_bot_that_keeps_dying_is_failed_and_tried_ever_more_rarely(bot: TestedBot) -> None:
    await bot.deploy()
    await bot.send(0, "poison")
    await bot.becomes(phase="failed")
    await bot.reported("set_aside")
    assert "SIGKILL" in (await bot.status())["reason"]

    async def deaths() -> list[float]:
        times = [line["at"] for line in await bot.events() if line["event"] == "worker_died"]
        return times if len(times) == 6 else []

    waits = [later - earlier for earlier, later in itertools.pairwise(await until(deaths))]
    assert waits[-1] > waits[0]


async def test_messages_of_a_sender_that_dies_while_they_are_stored_are_answered(bot: TestedBot) -> None:
    """Stored is taken: the sender sees its death as a failure, sends again, and finds them known already."""
    await bot.deploy()
    for number in range(20):
        _, writer = await asyncio.open_unix_connection(bot.hive.home.socket("dispatcher"))
        message = {"platform_id": str(number), "conversation": "c1", "sender": "test:1"}
        arrivals = [{**message, "payload": json.dumps({"text": "hello"})}]
        question = ["submit", 1, {"bot": bot.id, "channel": "test", "arrivals": arrivals}]
        frame = json.dumps(question).encode()
        writer.write(struct.pack(">I", len(frame)) + frame)
        await writer.drain()
        writer.close()
    for number in range(20):
        await bot.send(number, "hello")
    await bot.all_sent(20)
    assert len(bot.sent()) == 20


async def test_a_bot_without_a_worker_is_gone_once_it_is_removed(bot: TestedBot) -> None:
    await bot.deploy()
    told: list[str] = []
    ready = asyncio.Event()

    async def watch() -> None:
        async for event in bot.client.statuses():
            if event.event == "ready":
                ready.set()
            if event.event == "removed":
                told.append(event.data["id"])

    watching = asyncio.create_task(watch())
    await ready.wait()
    await bot.client.delete_bot(bot.id)
    await until(lambda: bot.id in told, within=5)
    watching.cancel()
