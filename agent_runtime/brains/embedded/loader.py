"""Loads the model when a question needs it, and unloads it when nobody has asked for a while."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from agent_runtime.home import Home
from agent_runtime.supervisor import Lifeline, Part, Process

log = structlog.get_logger()

LOADED_WITHIN = 60.0


class ModelError(Exception):
    """The model can't be loaded; the message says why and what to do."""


class Loader:
    """Holds the model's process: none while idle, one while anybody asks, a new one after a crash."""

    def __init__(self, home: Home, idle_seconds: float) -> None:
        self._home = home
        self._idle_seconds = idle_seconds
        self._process: Process | None = None
        self._lifeline = Lifeline()
        self._loading = asyncio.Lock()
        self._asking = 0
        self._asked_at = time.monotonic()

    @property
    def socket(self) -> Path:
        return self._home.socket("model")

    @property
    def loaded(self) -> bool:
        return self._process is not None and self._process.alive

    @contextlib.asynccontextmanager
    async def model(self) -> AsyncIterator[Path]:
        """The socket of the loaded model; it stays loaded inside the block. Raises ModelError."""
        self._asking += 1
        try:
            async with self._loading:
                if not self.loaded:
                    await self._load()
            yield self.socket
        finally:
            self._asking -= 1
            self._asked_at = time.monotonic()

    async def unload_when_idle(self) -> None:
        """Watch until cancelled; ends the model's process once nobody has asked for `idle_seconds`."""
        while True:
            await asyncio.sleep(min(self._idle_seconds / 4, 15.0))
            async with self._loading:
                idle = time.monotonic() - self._asked_at
                if self.loaded and not self._asking and idle >= self._idle_seconds:
                    await self.unload()

    async def unload(self) -> None:
        """End the model's process, if there is one. The next question loads it again."""
        if self._process is not None:
            await self._process.stop()
            log.info("model_unloaded")
        self._process = None

    async def aclose(self) -> None:
        await self.unload()
        self._lifeline.close()

    async def _load(self) -> None:
        started = time.monotonic()
        self.socket.unlink(missing_ok=True)
        part = Part(
            "model",
            [sys.executable, "-m", "agent_runtime.brains.embedded.model", str(self.socket)],
            ready_within=LOADED_WITHIN,
            stop_within=2.0,
        )
        process = await Process.start(part, {}, self._home.logs, self._lifeline)
        if reason := await process.becomes_ready():
            await process.stop()
            log.error("model_not_loaded", reason=reason)
            raise ModelError(
                f"the embedded model {reason}: see {self._home.logs / 'model.log'}, and run `botyard doctor`"
            )
        self._process = process
        log.info("model_loaded", pid=process.pid, seconds=round(time.monotonic() - started, 2))
