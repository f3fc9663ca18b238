"""One bot in a pod: it answers what platforms and the control plane send, and keeps it in its own rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent_runtime.hive_client import Event, HiveClient
from tests.agent_runtime.hive.running import until
from tests.agent_runtime.pod.running import BOT, Database, pods
from tests.simulators.telegram.client import Telegram


async def chat(client: HiveClient, text: str) -> list[Event]:
    return [event async for event in client.chat(BOT, text=text, sender="web:1", conversation="web:c1")]


async def test_a_pod_is_ready_answers_and_ends(
    tmp_path: Path, database: Database, model: dict[str, Any]
) -> None:
    with pods(tmp_path, database) as make:
        pod = make()
        pod.mount({"model": model, "access": {"policy": "open"}})
        await pod.start().ready()
        async with pod.client() as client:
            answered = await chat(client, "hello")
            assert answered[-1].event == "done", answered
            assert "hello" in answered[-1].data["text"]
            assert (await client.status(BOT))["phase"] == "live"
            assert (await client.probe(BOT))["text"]
            assert await client.bots() == {BOT: (await client.status(BOT))["revision"]}
            lines = [event.data["event"] async for event in client.logs(BOT)]
            assert "turn_taken" in lines
        assert await pod.end() == 0
        assert pod.said("turn_taken")["bot"] == BOT
    assert database.rows("SELECT bot, text FROM botyard_runtime.turns WHERE channel = 'web'") == [
        (BOT, "hello")
    ]
    assert database.rows("SELECT count(*) FROM botyard_runtime.mail WHERE closed_at IS NULL") == [(0,)]


async def test_a_polled_bot_is_held_by_one_pod_and_the_next_goes_on(
    tmp_path: Path, database: Database, model: dict[str, Any], telegram: Telegram
) -> None:
    bot = await telegram.create_bot()
    with pods(tmp_path, database, BOTYARD_TELEGRAM_API_URL=telegram.url) as make:
        first, second = make(), make()
        for pod in (first, second):
            channels = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}
            pod.mount(
                {"model": model, "channels": channels, "access": {"policy": "open"}},
                TELEGRAM_TOKEN=bot["token"],
            )
        await first.start().ready()
        second.start()
        await until(lambda: second.said("pod_waits"))
        assert await second.probe("healthz") == 200
        assert await second.probe("readyz") == 503
        await telegram.say(bot["token"], 7, "one")
        assert "one" in (await telegram.sent(bot["token"], 7, count=1))[0]["text"]
        assert await first.end() == 0
        await second.ready()
        await telegram.say(bot["token"], 7, "two")
        assert "two" in (await telegram.sent(bot["token"], 7, count=2))[1]["text"]
