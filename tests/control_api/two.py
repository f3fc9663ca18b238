"""Two control APIs as real processes, each with a home of its own, on one Postgres and one Git remote."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.control_api.service import new_bootstrap_token
from tests.control_api.test_process import process, speaking_to
from tests.gitops.code_host import bare, git_in

_OTHERS = "another control API"


class Instance:
    """One of them: its process, and a client on its socket."""

    def __init__(self, running: asyncio.subprocess.Process, http: httpx2.AsyncClient) -> None:
        self.process = running
        self.http = http

    async def leads(self) -> bool:
        """Whether it is the one that commits."""
        parts = (await self.http.get("/api/v1/system")).json()["parts"]
        said = next(each["detail"] for each in parts if each["name"] == "committer")
        return _OTHERS not in (said or "")

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


class Two:
    """Both, on one database and one remote."""

    def __init__(self, folder: Path, url: str) -> None:
        self.remote = bare(folder / "remote.git")
        self.token = new_bootstrap_token()
        self._folder = folder
        self._environment = {
            "BOTYARD_DATABASE_URL": url,
            "BOTYARD_FLEET_REMOTE": f"file://{self.remote}",
            "BOTYARD_FLEET_POLL_SECONDS": "1",
            "BOTYARD_BOOTSTRAP_TOKEN": self.token,
        }
        self.instances: list[Instance] = []
        self._numbers = itertools.count()
        self._stack = AsyncExitStack()

    async def start(self, name: str) -> Instance:
        """Starts the one of this home, with the keys of the first."""
        home, first = self._folder / name, self._folder / "a"
        if not home.exists() and home != first:
            shutil.copytree(first / "keys", home / "keys")
        running = await self._stack.enter_async_context(process(home, **self._environment))
        http = await self._stack.enter_async_context(speaking_to(home, self.token))
        found = Instance(running, http)
        self.instances.append(found)
        return found

    async def leader(self) -> Instance:
        """The one that commits."""
        [found] = [each for each in self.alive() if await each.leads()]
        return found

    def alive(self) -> list[Instance]:
        return [each for each in self.instances if each.process.returncode is None]

    async def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A call on one of them in turn, on the other where one is dead; a write is never made twice."""
        headers = {"Idempotency-Key": f"k{next(self._numbers)}", **more.pop("headers", {})}
        for _ in range(100):
            alive = self.alive()
            chosen = alive[next(self._numbers) % len(alive)]
            try:
                answer = await chosen.http.request(method, f"/api/v1{path}", headers=headers, **more)
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code != 503:
                return answer
            await asyncio.sleep(0.2)
        raise AssertionError(f"nobody answered {method} {path}")

    async def operations(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await self.ask("GET", "/operations", params={"limit": 100, **cursor})).json()
            found += page["items"]
            if page["next_cursor"] is None:
                return found[::-1]
            cursor = {"cursor": page["next_cursor"]}

    async def settled(self, seconds: float = 60) -> list[dict[str, Any]]:
        """All operations, once each is on `main` or refused."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = await self.operations()
            if all(each["commit"] or each["state"] in ("failed", "succeeded") for each in found):
                return found
            await asyncio.sleep(0.2)
        raise AssertionError([each for each in found if not each["commit"]])

    def git(self, *arguments: str) -> str:
        """Asks the remote."""
        return git_in(self.remote, *arguments).strip()

    async def aclose(self) -> None:
        for each in self.alive():
            each.process.send_signal(signal.SIGCONT)
        await self._stack.aclose()


@asynccontextmanager
async def two(folder: Path, url: str) -> AsyncIterator[Two]:
    """Both running; the first leads."""
    made = Two(folder, url)
    try:
        await made.start("a")
        await made.start("b")
        yield made
    finally:
        await made.aclose()
