"""The client of the launcher: asks it for workers and hears how they end."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from agent_runtime.wire import ProblemError

log = structlog.get_logger()


class Launches(Protocol):
    """What the dispatcher has workers from."""

    async def fork(self, bot: str, started: Callable[[int], None]) -> socket.socket:
        """A new worker's socket; `started` hears its process, where it has one of its own."""

    def close(self) -> None:
        """Start none any more."""


class Launcher:
    """Each worker gets one end of a socket pair, so that a death at any moment is seen at the other end."""

    def __init__(self, path: Path, ended: Callable[[int, int], None], patience: float = 10.0) -> None:
        self._path = path
        self._ended = ended
        self._patience = patience
        self._numbers = itertools.count(1)
        self._socket: socket.socket | None = None
        self._connecting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._started: dict[int, Callable[[int], None]] = {}

    async def fork(self, bot: str, started: Callable[[int], None]) -> socket.socket:
        """A new worker's socket; `started` hears its id. Raises ProblemError 503 without a launcher."""
        deadline = asyncio.get_running_loop().time() + self._patience
        ours, theirs = socket.socketpair()
        with theirs:
            while True:
                launcher = await self._connected(deadline)
                number = next(self._numbers)
                self._started[number] = started
                line = json.dumps({"number": number, "bot": bot}).encode() + b"\n"
                try:
                    if socket.send_fds(launcher, [line], [theirs.fileno()]) < len(line):
                        raise ConnectionError("half a request went out")
                except BlockingIOError:
                    await asyncio.sleep(0.005)
                except OSError:
                    self._drop(launcher)
                else:
                    ours.setblocking(False)
                    return ours
                del self._started[number]

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._socket is not None:
            self._socket.close()

    async def _connected(self, deadline: float) -> socket.socket:
        loop = asyncio.get_running_loop()
        async with self._connecting:
            while self._socket is None:
                attempt = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                attempt.setblocking(False)
                try:
                    await loop.sock_connect(attempt, str(self._path))
                except OSError:
                    attempt.close()
                    if loop.time() > deadline:
                        raise ProblemError(503, "restarting", "the launcher is restarting") from None
                    await asyncio.sleep(0.05)
                else:
                    self._socket = attempt
                    self._reading = asyncio.create_task(self._read(attempt))
            return self._socket

    async def _read(self, launcher: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        buffer = b""
        try:
            while chunk := await loop.sock_recv(launcher, 65536):
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    self._take(json.loads(line))
        except OSError:
            pass
        log.warning("launcher_gone")
        self._drop(launcher)

    def _take(self, said: dict[str, int]) -> None:
        if "number" in said:
            if (started := self._started.pop(said["number"], None)) is not None:
                started(said["pid"])
        else:
            self._ended(said["pid"], said["status"])

    def _drop(self, launcher: socket.socket) -> None:
        launcher.close()
        if self._socket is launcher:
            self._socket = None
            self._started.clear()
