"""A code host on loopback: a plain bare repository behind Git's own HTTP, that fails when it is told to."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from gitops.exchange import Receive, Scope, Send
from gitops.serve import http_backend


def bare(path: Path) -> Path:
    """An empty repository, as a code host makes it; it writes down every move of a branch."""
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(path)], check=True)
    for setting in ("http.receivepack=true", "core.logAllRefUpdates=always"):
        subprocess.run(["git", "--git-dir", str(path), "config", *setting.split("=")], check=True)
    return path


def git_in(repository: Path, *arguments: str) -> str:
    command = ["git", "--git-dir", str(repository), *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def forced(repository: Path) -> list[str]:
    """The moves of branches that dropped commits."""
    found = []
    for log in (repository / "logs" / "refs").rglob("*"):
        for line in log.read_text().splitlines() if log.is_file() else ():
            old, new = line.split()[:2]
            command = ["git", "--git-dir", str(repository), "merge-base", "--is-ancestor", old, new]
            if old != "0" * 40 and subprocess.run(command, check=False).returncode != 0:
                found.append(f"{log.name}: {line}")
    return found


class CodeHost:
    """`down`: answers 503. `cut`: takes a push and never says so, then does what `then` says.

    `asked` counts requests.
    """

    def __init__(self, repository: Path) -> None:
        self.repository = repository
        self.url = ""
        self.down = False
        self.cut = False
        self.asked = 0
        self.password: str | None = None
        self.then: Callable[[], Awaitable[object]] | None = None
        self._git = http_backend(repository)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "root_path": "/remote.git"}
        self.asked += 1
        if self.down:
            await _say(send, 503)
            return
        if self.password is not None and not _proves(scope, self.password):
            await _say(send, 401, (b"www-authenticate", b'Basic realm="code host"'))
            return

        async def keep_quiet(message: MutableMapping[str, Any]) -> None:
            pass

        if self.cut and scope["path"].endswith("/git-receive-pack") and scope["method"] == "POST":
            await self._git(scope, receive, keep_quiet)
            self.cut = False
            if self.then is not None:
                await self.then()
            await _say(send, 502)
            return
        await self._git(scope, receive, send)


async def _say(send: Send, status: int, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})


def _proves(scope: Scope, password: str) -> bool:
    expected = b"Basic " + base64.b64encode(f"botyard:{password}".encode())
    return (b"authorization", expected) in scope["headers"]


@contextlib.asynccontextmanager
async def code_host(folder: Path) -> AsyncIterator[CodeHost]:
    host = CodeHost(bare(folder / "remote.git"))
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(host, log_level="critical", lifespan="off", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    host.url = f"http://127.0.0.1:{listening.getsockname()[1]}/remote.git"
    try:
        yield host
    finally:
        server.should_exit = True
        await running
        listening.close()
