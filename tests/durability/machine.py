"""One real machine of forked parts: control API, engine and hive under the real supervisor."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import httpx2

from agent_runtime.home import Home
from agent_runtime.supervisor import Part, Process, State, Supervisor, kept
from agent_runtime.supervisor.logs import open_log
from agent_runtime.supervisor.sockets import READY_VARIABLE, variable, without_ours
from control_api.machine.parts import parts as machine_parts
from control_api.settings import ControlSettings
from tests.durability.orders import Hit, Orders
from tests.journeys.installation import new_token

ROOT = Path(__file__).resolve().parents[2]
# A crash here is one that was ordered, so there is nothing to back off from.
_PAUSE = 0.05


class Child:
    """A forked process, as the supervisor holds one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        return await asyncio.shield(self.status)

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class Nursery:
    """The driver's side of a zygote."""

    def __init__(self) -> None:
        self._answers: dict[int, asyncio.Future[Child]] = {}
        self._children: dict[int, Child] = {}
        self._number = 0

    async def open(self, environment: dict[str, str]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.durability.zygote", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                env={**os.environ, **environment},
                cwd=ROOT,
                start_new_session=True,
            )
        reader, self._writer = await asyncio.open_connection(sock=self._socket.dup())
        assert "ready" in json.loads(await reader.readline())
        self._reading = asyncio.create_task(self._read(reader))

    async def fork(
        self, module: str, arguments: list[str], environment: dict[str, str], files: dict[str, int]
    ) -> Child:
        """A process that runs the module; the first of `files` is its output, the others are named to it."""
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        request = {
            "number": self._number,
            "module": module,
            "arguments": arguments,
            "environment": environment,
            "files": list(files),
        }
        line = json.dumps(request).encode() + b"\n"
        while True:
            try:
                sent = socket.send_fds(self._socket, [line], list(files.values()))
            except BlockingIOError:
                await asyncio.sleep(0.001)
                continue
            assert sent == len(line), "the zygote does not read"
            child: Child = await answer
            return child

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()
        self._socket.close()
        await self._process.wait()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            said = json.loads(line)
            if "number" in said:
                child = self._children[said["pid"]] = Child(said["pid"])
                self._answers.pop(said["number"]).set_result(child)
            elif (ended := self._children.pop(said["pid"], None)) is not None:
                ended.status.set_result(said["status"])


class ForkingSupervisor(Supervisor):
    """Starts parts by fork, and keeps a record of when which process served."""

    def __init__(self, home: Home, parts: Iterable[Part], nursery: Nursery) -> None:
        super().__init__(home, parts, name="durability")
        self._nursery = nursery
        self.served: dict[int, tuple[str, float]] = {}
        self.part_of: dict[int, str] = {}

    async def _start_process(self, part: Part, replaces: bool, waits: bool) -> Process:
        assert self._lifeline is not None
        assert not waits, "nothing is restarted as planned here, and a fork needs no spare"
        sign, theirs = os.pipe()
        output = open_log(self._home.logs, part.name)
        sockets = {variable(name): self._sockets[name].fileno() for name in part.sockets}
        _, _, module, *arguments = part.command_line(replaces)
        environment = {**without_ours(os.environ), "PYTHONUNBUFFERED": "1", **part.environment}
        try:
            files = {"output": output, **sockets, READY_VARIABLE: theirs}
            child = await self._nursery.fork(module, arguments, environment, files)
        finally:
            os.close(theirs)
            os.close(output)
        self._lifeline.add(child.pid)
        self.part_of[child.pid] = part.name
        return Process(part, child, sign, None, self._lifeline)  # type: ignore[arg-type]

    def _note(self) -> None:
        super()._note()
        for name, standing in self.standings().items():
            if standing.state is State.READY and standing.pid is not None:
                self.served.setdefault(standing.pid, (name, time.time()))


class Machine:
    """`async with Machine(folder, …)`; `url` is the API's, `token` its first operator's.

    Webhooks go to `public_url`, where there are any.
    """

    def __init__(self, folder: Path, platforms: Mapping[str, str], *, by_webhook: bool) -> None:
        """`platforms` is what it is told of chat platforms, by its variables."""
        self.home = Home.at(folder / "home")
        self.orders = Orders(folder / "orders")
        self.token = new_token()
        self._platforms = platforms
        self._by_webhook = by_webhook
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        kept._FIRST_WAIT = kept._LONGEST_WAIT = _PAUSE
        async with AsyncExitStack() as stack:
            control, webhook = _tcp("control"), _tcp("webhook")
            self.url = f"http://127.0.0.1:{control}"
            os.environ.update(
                {
                    "BOTYARD_HOME": str(self.home.root),
                    "BOTYARD_PORT": str(control),
                    "BOTYARD_BOOTSTRAP_TOKEN": self.token,
                    "BOTYARD_ENGINE_POLL_SECONDS": "0.5",
                    **self._platforms,
                }
            )
            self.public_url = f"http://127.0.0.1:{webhook}"
            if self._by_webhook:
                os.environ["BOTYARD_PUBLIC_URL"] = self.public_url
            nursery = Nursery()
            await nursery.open(self.orders.environment)
            stack.push_async_callback(nursery.close)
            self.running = ForkingSupervisor(self.home, _parts(), nursery)
            await stack.enter_async_context(self.running)
            await self.running.all_ready(60)
            self._stack = stack.pop_all()
        return self

    def http(self) -> httpx2.AsyncClient:
        """The API as its first operator speaks to it."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx2.AsyncClient(base_url=f"{self.url}/api/v1", headers=headers, timeout=30, trust_env=False)

    def recoveries(self, hits: Iterable[Hit]) -> list[float]:
        """Seconds from the kill of a part until a new process of it served."""
        found = []
        for hit in hits:
            part = self.running.part_of.get(hit.pid)
            after = [at for name, at in self.running.served.values() if name == part and at > hit.at]
            if hit.what == "kill" and after:
                found.append(min(after) - hit.at)
        return found

    async def __aexit__(self, *error: Any) -> None:
        await self._stack.aclose()


def _parts() -> list[Part]:
    settings = ControlSettings()
    settings.places.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = {part.name: replace(part, spare=False) for part in machine_parts(settings, {})}
    for dear in ("brain", "gateway"):
        del parts[dear]
    parts["engine"] = replace(parts["engine"], after=("control",))
    # With short waits: see there.
    command = [sys.executable, "-m", "tests.durability.dispatcher"]
    parts["dispatcher"] = replace(parts["dispatcher"], command=command)
    return [*parts.values()]


def _tcp(name: str) -> int:
    """Has the part serve a port of this machine's own in place of its Unix socket; the port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    os.environ[variable(name)] = str(listening.detach())
    return int(socket.socket(fileno=os.dup(int(os.environ[variable(name)]))).getsockname()[1])
