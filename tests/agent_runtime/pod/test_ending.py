"""How a pod ends: what is in hand is finished or handed back, and what it died of is not tried for ever."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from agent_runtime.hive_client import HiveClient
from tests.agent_runtime.hive.running import until
from tests.agent_runtime.pod.running import BOT, Database, Pod, pods

FAKE = "tests.agent_runtime.pod.fake_pod"


async def deliver(client: HiveClient, number: int, text: str, conversation: str = "c1") -> None:
    message = {"channel": "test", "platform_id": str(number), "conversation": conversation}
    await client.deliver(BOT, **message, sender="test:1", payload={"text": text})


async def delivered(pod: Pod, number: int, text: str, conversation: str = "c1") -> None:
    async with pod.client() as client:
        await deliver(client, number, text, conversation)


def open_mail(database: Database) -> list[tuple[Any, ...]]:
    return database.rows("SELECT key, attempt FROM botyard_runtime.mail WHERE closed_at IS NULL ORDER BY seq")


async def test_a_turn_in_hand_is_finished_before_the_end(tmp_path: Path, database: Database) -> None:
    with pods(tmp_path, database) as make:
        pod = make()
        pod.mount({})
        await pod.start(FAKE).ready()
        await delivered(pod, 1, "slow 1")
        assert await pod.end() == 0
    assert open_mail(database) == []
    assert database.rows("SELECT aside FROM botyard_runtime.mail") == [(None,)]


async def test_a_message_that_pods_die_of_is_set_aside_and_others_are_answered(
    tmp_path: Path, database: Database
) -> None:
    with pods(tmp_path, database) as make:
        pod = make()
        pod.mount({})
        await pod.start(FAKE).ready()
        await delivered(pod, 1, "slow 60", "other")
        await until(lambda: "test:1" in (pod.in_hand() or ()))
        await asyncio.gather(delivered(pod, 2, "poison"), return_exceptions=True)
        assert await pod.ended() == -signal.SIGKILL
        assert open_mail(database) == [("test:1", 0), ("test:2", 0)]
        # What nobody finished in four lives of the pod.
        with database.connect() as connection:
            connection.execute("UPDATE botyard_runtime.mail SET attempt = 3 WHERE key = 'test:2'")
            connection.execute(
                "UPDATE botyard_runtime.mail SET payload = '{\"text\": \"hi\"}' WHERE key = 'test:1'"
            )
        pod.start(FAKE)
        assert await pod.ended() == -signal.SIGKILL
        await pod.start(FAKE).ready()
        await until(lambda: open_mail(database) == [])
        async with pod.client() as client:
            reports = {each["kind"]: each["data"] for each in await client.reports()}
        assert reports["set_aside"]["key"] == "test:2"
        assert reports["set_aside"]["attempts"] == 5
    assert database.rows("SELECT key, aside FROM botyard_runtime.mail ORDER BY seq") == [
        ("test:1", None),
        ("test:2", "its pod died of it"),
    ]


async def test_a_pod_that_waits_for_the_database_ends_when_told(tmp_path: Path) -> None:
    with pods(tmp_path, None, BOTYARD_DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:9/none") as make:
        pod = make()
        pod.mount({})
        pod.start()
        await until(lambda: pod.said("pod_waits"))
        assert await pod.probe("readyz") == 503
        begun = time.monotonic()
        assert await pod.end() == 0
        assert time.monotonic() - begun < 10
