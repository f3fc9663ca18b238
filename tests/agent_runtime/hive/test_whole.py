"""`python -m agent_runtime.hive` as it is, with real bots and a simulated model."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.hive_client import HiveClient, HiveError
from agent_runtime.home import Home
from tests.agent_runtime.hive.running import Hive, TestedBot, processes_of, running_hive, until
from tests.agent_runtime.hive.sealing import make_key, seal
from tests.simulators.fixtures import ModelServer, model_server

__all__ = ["model_server"]
NAME = "MODEL_KEY"


async def deploy(bot: TestedBot, server: ModelServer, model: str = "echo", **more: Any) -> None:
    sealed = await seal(make_key(bot.hive.home), bot.id, NAME, "sk-of-this-test")
    await bot.deploy(
        sealed={NAME: sealed},
        model={
            "provider": "openai-compatible",
            "name": model,
            "base_url": server.base_url,
            "key": {"secret": NAME},
        },
        **more,
    )


@asynccontextmanager
async def hive_process(home: Home) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {**os.environ, "BOTYARD_HOME": str(home.root)}
    with (home.root / "hive.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent_runtime.hive", env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await until(lambda: processes_of(home) == [])


async def deliver(client: HiveClient, bot: str, number: int) -> None:
    ids = {"platform_id": str(number), "conversation": "web:1", "sender": "web:1"}
    await client.deliver(bot, channel="web", payload={"text": f"question {number}"}, **ids)


@pytest.mark.long
async def test_the_hive_is_killed_whole_and_answers_what_it_had_taken(
    tmp_path: Path, model_server: ModelServer
) -> None:
    home = Home.at(tmp_path)
    async with HiveClient(home.socket("hive")) as client:
        async with hive_process(home) as process:
            await until(client.healthy)
            bot = TestedBot(Hive(home, None, client), "al.whole")  # type: ignore[arg-type]
            await deploy(bot, model_server, "slow:1")
            for number in range(3):
                await deliver(client, bot.id, number)
            await until(lambda: model_server.asked())
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await until(lambda: processes_of(home) == [])
        async with hive_process(home) as process:
            await until(client.healthy)

            async def answered() -> list[str]:
                try:
                    conversation = await client.conversation(bot.id, "web:1")
                except HiveError:
                    return []  # Nothing is in it yet.
                texts = [each["text"] for each in conversation["messages"]]
                return texts if len(texts) >= 6 else []

            texts = await until(answered)
            assert texts[0::2] == ["question 0", "question 1", "question 2"]
            assert all(texts[1::2])
            assert len(texts) == 6
        assert process.returncode == 0


async def test_a_bot_wakes_in_a_moment(tmp_path: Path, model_server: ModelServer) -> None:
    waits = []
    async with running_hive(tmp_path, {}) as hive:
        bot = hive.bot()
        await deploy(bot, model_server)
        await hive.client.start(bot.id)
        for number in range(8):
            bot.kill_worker()
            await bot.becomes(worker="none")
            asked = time.time()
            events = hive.client.chat(bot.id, text="hello", sender="web:1", conversation=f"web:{number}")
            assert [event.event async for event in events][-1] == "done"
            waits.append(model_server.inside.requests[-1].at - asked)
    print(f"\nno worker, asked → the model's request: {statistics.median(waits) * 1e3:.0f} ms")
    assert statistics.median(waits) < 1
