"""Another version of the runtime comes in while messages flow, and goes again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.supervisor import PartError
from agent_runtime.version import version
from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive, until
from tests.agent_runtime.hive.test_whole import deliver, deploy
from tests.simulators.fixtures import ModelServer, model_server

__all__ = ["model_server"]
ROOT = Path(__file__).resolve().parents[3]
NEXT = "2.0.0"


def next_version(folder: Path) -> Path:
    """A checkout of another version, whose dispatcher says hello in a format that this one cannot read."""
    shutil.copytree(ROOT / "agent_runtime", folder / "agent_runtime")
    peer = folder / "agent_runtime" / "wire" / "peer.py"
    text = peer.read_text()
    assert "\nFORMAT = 1\n" in text
    peer.write_text(text.replace("\nFORMAT = 1\n", "\nFORMAT = 2\n"))
    about = folder / f"botyard-{NEXT}.dist-info" / "METADATA"
    about.parent.mkdir()
    about.write_text(f"Metadata-Version: 2.1\nName: botyard\nVersion: {NEXT}\n")
    return folder


async def said(bot: TestedBot, conversation: str) -> list[dict[str, Any]]:
    return list((await bot.client.conversation(bot.id, conversation))["messages"])


@pytest.mark.timeout(120)
async def test_up_and_down_again_while_messages_flow(
    tmp_path: Path, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = next_version(tmp_path / "next")
    async with running_hive(tmp_path / "home", {}) as hive:
        bot, sent, over = hive.bot(), 0, asyncio.Event()
        await deploy(bot, model_server, "slow:0.05", budget={"turns_per_user_per_hour": 10_000})

        async def keep_sending() -> int:
            number = 0
            while not over.is_set():
                await deliver(hive.client, bot.id, number)
                number += 1
                await asyncio.sleep(0.4)
            return number

        async def answered_by(wanted: str) -> None:
            await until(lambda: _runs(hive.client, wanted))
            await until(lambda: _last_worker(bot, wanted))

        sending = asyncio.create_task(keep_sending())
        await answered_by(version())
        with monkeypatch.context() as patch:
            # The current folder would come before everything else.
            patch.setenv("PYTHONSAFEPATH", "1")
            patch.setenv("PYTHONPATH", os.pathsep.join([str(checkout), str(ROOT)]))
            await hive.running.replace_all()
            await answered_by(NEXT)
        await hive.running.replace_all()
        await answered_by(version())
        over.set()
        sent = await sending

        async def whole() -> bool:
            return len(await said(bot, "web:1")) >= 2 * sent

        await until(whole)
        messages = await said(bot, "web:1")
        asked = [each["text"] for each in messages if each["role"] == "user"]
        assert asked == [f"question {number}" for number in range(sent)]
        assert len(messages) == 2 * sent
        assert [line for line in await bot.events() if line["event"] == "worker_died"] == []
        # No turn was cut off either: the model was asked once for each message.
        assert model_server.asked() == sent


async def _runs(client: Any, wanted: str) -> bool:
    return bool((await client.vitals())["version"] == wanted)


async def _last_worker(bot: TestedBot, wanted: str) -> bool:
    started = [line for line in await bot.events() if line["event"] == "worker_started"]
    return bool(started) and started[-1].get("version") == wanted


@pytest.mark.asyncio(loop_scope="session")
async def test_a_memory_of_a_newer_format_is_left_alone(hive: Hive, bot: TestedBot) -> None:
    await bot.deploy()
    path = hive.home.bot(bot.id) / "bot.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    await bot.send(1, "hello")
    await bot.becomes(phase="failed")
    status = await bot.status()
    assert "format 99" in status["reason"]
    assert "Upgrade Botyard" in status["reason"]
    assert path.read_bytes() == before


@pytest.mark.asyncio(loop_scope="session")
async def test_an_inbox_of_a_newer_format_is_left_to_the_dispatcher_that_can_read_it(
    hive: Hive, bot: TestedBot
) -> None:
    await bot.deploy()
    with contextlib.closing(sqlite3.connect(hive.home.mail_database)) as database:
        database.execute("PRAGMA user_version = 99")
        try:
            with pytest.raises(PartError, match="goes on serving"):
                await hive.running.replace("dispatcher")
        finally:
            database.execute("PRAGMA user_version = 1")
    await bot.send(1, "hello")
    assert len(await bot.all_sent(1)) == 1
    log = (hive.home.logs / "dispatcher.log").read_text()
    assert "has format 99, this Botyard reads 1" in log
    assert "Traceback" not in log
