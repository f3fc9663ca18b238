"""A running hive of real processes with fake bots, and what tests do with it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
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
        self._numbers = itertools.count(1)

    def bot(self) -> TestedBot:
        """A bot with a name of its own, not deployed yet; short, because `ps` keeps fifteen bytes."""
        return TestedBot(self, f"al.b{next(self._numbers)}")

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

    def workers(self) -> list[psutil.Process]:
        return [each for each in processes_of(self.home) if each.info["name"].startswith("bot ")]


class TestedBot:
    """One bot of a test: deployed as the engine does it, spoken to as a platform does."""

    __test__ = False

    def __init__(self, hive: Hive, bot: str) -> None:
        self.hive, self.id, self.client = hive, bot, hive.client

    async def deploy(
        self,
        instructions: str = "one",
        *,
        revision: str | None = None,
        sealed: Mapping[str, bytes] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Write a revision's folder, and register it; its Status."""
        revision = revision or f"r-{instructions.replace(' ', '-')}"
        write_revision(self.hive.home, self.id, revision, instructions, sealed or {}, **more)
        return await self.client.put_bot(self.id, revision)

    async def send(self, number: int | str, text: str, *, conversation: str = "c1") -> None:
        """Deliver one message, again where the hive was away: that is what a platform does."""
        message = {"channel": "test", "platform_id": str(number), "conversation": conversation}

        async def delivered() -> bool:
            try:
                await self.client.deliver(self.id, **message, sender="test:1", payload={"text": text})
            except HiveAwayError:
                return False
            except HiveError as error:
                if error.status != 503:
                    raise
                return False
            return True

        await until(delivered)

    def sent(self) -> list[dict[str, Any]]:
        """What the bot sent, in order."""
        path = self.hive.home.bot(self.id) / "sent.jsonl"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]

    async def all_sent(self, count: int, within: float = 20.0) -> list[dict[str, Any]]:
        await until(lambda: len(self.sent()) >= count, within)
        return self.sent()

    async def status(self) -> dict[str, Any]:
        return await self.client.status(self.id)

    async def becomes(self, **wanted: str) -> None:
        """Wait until its Status has these values."""

        async def so() -> bool:
            return wanted.items() <= (await self.status()).items()

        await until(so)

    async def events(self) -> list[dict[str, Any]]:
        """Its log so far."""
        return [event.data async for event in self.client.logs(self.id)]

    async def logged(self, event: str) -> list[dict[str, Any]]:
        """Wait for such a line in its log; all of them."""

        async def lines() -> list[dict[str, Any]]:
            return [line for line in await self.events() if line["event"] == event]

        found: list[dict[str, Any]] = await until(lines)
        return found

    async def reports(self, kind: str) -> list[dict[str, Any]]:
        """The reports of one kind about it that nobody has acknowledged."""
        reports = await self.client.reports(limit=1000)
        return [each for each in reports if each["bot"] == self.id and each["kind"] == kind]

    async def reported(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait for that many."""

        async def enough() -> list[dict[str, Any]]:
            found = await self.reports(kind)
            return found if len(found) >= count else []

        found: list[dict[str, Any]] = await until(enough)
        return found

    def workers(self) -> list[psutil.Process]:
        return [each for each in self.hive.workers() if each.info["name"] == f"bot {self.id}"]

    def kill_worker(self) -> int:
        """kill -9; how many that were."""
        workers = self.workers()
        for worker in workers:
            worker.kill()
        return len(workers)


def processes_of(home: Home) -> list[psutil.Process]:
    """All that live, with `info["name"]` as they were found: one may be gone when it is asked again."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.environ().get("BOTYARD_HOME") != str(home.root):
                continue
            process.info = process.as_dict(["name", "status"])
            if process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
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
        await until(lambda: [p for p in processes_of(home) if p.pid != os.getpid()] == [])
    finally:
        for name in ("HOME", *(name.upper() for name in settings)):
            os.environ.pop(f"BOTYARD_{name}", None)
