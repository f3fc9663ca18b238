"""The dispatcher's end of one worker."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import os
import signal
import time
from typing import Any

from agent_runtime.wire import Json, Peer


class WorkerState(enum.StrEnum):
    """STARTING until it says that it is ready; DRAINING takes no new mail; LEAVING was allowed to go."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    LEAVING = "leaving"


class Worker:
    """One process of one revision of a bot."""

    def __init__(self, revision: str) -> None:
        self.revision = revision
        self.state = WorkerState.STARTING
        self.peer: Peer | None = None
        self.pid: int | None = None
        self.problem: Json | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gone = asyncio.Event()
        self.exit: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.asked_to_rest = False
        self.calls = 0
        self.wanted_at = self.last_work = time.monotonic()

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        if self.peer is not None:
            self.peer.tell(kind, data)

    def rest(self) -> None:
        """Ask it to ask for leave."""
        self.asked_to_rest = True
        self.tell("rest", {})

    def touch(self) -> None:
        self.last_work = time.monotonic()

    def end(self) -> None:
        """End it now. The socket's closing ends a worker that listens; a signal one that does not."""
        if self.pid is not None and self.peer is not None and not self.peer.closed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        if self.peer is not None:
            self.peer.close()
