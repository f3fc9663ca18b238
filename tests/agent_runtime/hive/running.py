"""A running hive of real processes with fake bots, and what tests do with it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil

from agent_runtime.hive.parts import parts
from agent_runtime.hive_client import HiveAwayError, HiveClient, HiveError
from agent_runtime.home import Home
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import runtime_file
from agent_runtime.supervisor import Supervisor

MODULES = {
    "launcher": "tests.agent_runtime.hive.fake_launcher",
    "dispatcher": "tests.agent_runtime.hive.hasty_dispatcher",
}
BOT = "alice.support"


async def until(condition: Callable[[], Any], within: float = 20.0, every: float = 0.02) -> Any:
    """Wait until the condition, which may be awaitable, is true; its value."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        value = condition()
        if isinstance(value, Awaitable):
            value = await value
        if value:
            return value
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{condition} did not come true within {within} s")
        await asyncio.sleep(every)


class Hive:
    """A hive and its client."""

    def __init__(self, home: Home, running: Supervisor, client: HiveClient) -> None:
        self.home, self.running, self.client = home, running, client

    async def deploy(
        self,
        bot: str = BOT,
        instructions: str = "one",
        *,
        revision: str | None = None,
        sealed: Mapping[str, bytes] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Write a revision's folder as the engine does, and register it; its Status."""
        revision = revision or f"r-{instructions.replace(' ', '-')}"
        write_revision(self.home, bot, revision, instructions, sealed or {}, **more)
        return await self.client.put_bot(bot, revision)

    async def send(self, number: int | str, text: str, *, conversation: str = "c1", bot: str = BOT) -> None:
        """Deliver one message, again where the hive was away: that is what a platform does."""

        async def delivered() -> bool:
            try:
                await self.client.deliver(
                    bot,
                    channel="test",
                    platform_id=str(number),
                    conversation=conversation,
                    sender="test:1",
                    payload={"text": text},
                )
            except HiveAwayError:
                return False
            except HiveError as error:
                assert error.status == 503, error.problem
                return False
            return True

        await until(delivered)

    def sent(self, bot: str = BOT) -> list[dict[str, Any]]:
        """What the bot sent, in order."""
        path = self.home.bot(bot) / "sent.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]

    async def all_sent(self, count: int, bot: str = BOT, within: float = 20.0) -> list[dict[str, Any]]:
        await until(lambda: len(self.sent(bot)) >= count, within)
        return self.sent(bot)

    async def phase(self, bot: str = BOT) -> str:
        return str((await self.client.status(bot))["phase"])

    async def worker(self, state: str, bot: str = BOT) -> None:
        async def so() -> bool:
            return bool((await self.client.status(bot))["worker"] == state)

        await until(so)

    def workers(self) -> list[psutil.Process]:
        """Every live worker of this hive: no child of a supervised part but forked from the launcher."""
        return [each for each in _of_home(self.home) if each.name().startswith("bot ")]

    def pid(self, part: str) -> int:
        pid = self.running.standings()[part].pid
        assert pid is not None, part
        return pid

    async def kill(self, part: str) -> None:
        """kill -9 of one part; returns when another process of it is ready."""
        before = self.pid(part)
        os.kill(before, signal.SIGKILL)
        await until(lambda: self.running.standings()[part].pid not in (None, before))
        await self.running.all_ready(20)

    def kill_workers(self) -> int:
        killed = 0
        for worker in self.workers():
            worker.kill()
            killed += 1
        return killed


def _of_home(home: Home) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("BOTYARD_HOME") == str(home.root):
                if process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def write_revision(
    home: Home, bot: str, revision: str, instructions: str, sealed: Mapping[str, bytes], **more: Any
) -> Path:
    folder = home.revision(bot, revision)
    (folder / "secrets").mkdir(parents=True, exist_ok=True)
    data = {"version": 1, "name": bot.split(".")[1], "instructions": instructions, **more}
    (folder / "bot.yaml").write_bytes(runtime_file(data))
    for name, content in sealed.items():
        (folder / "secrets" / f"{name}.sops.yaml").write_bytes(content)
    return folder


@asynccontextmanager
async def running_hive(
    root: Path, modules: Mapping[str, str] = MODULES, **settings: Any
) -> AsyncIterator[Hive]:
    """Started and ready; every process of it is gone when this ends."""
    home = Home.at(root)
    os.environ["BOTYARD_HOME"] = str(home.root)
    for name, value in settings.items():
        os.environ[f"BOTYARD_{name.upper()}"] = str(value)
    try:
        async with Supervisor(home, parts(RuntimeSettings(), modules), name="hive") as running:
            await running.all_ready(30)
            async with HiveClient(home.socket("hive")) as client:
                yield Hive(home, running, client)
        await until(lambda: [p for p in _of_home(home) if p.pid != os.getpid()] == [])
    finally:
        for name in ("HOME", *(name.upper() for name in settings)):
            os.environ.pop(f"BOTYARD_{name}", None)
