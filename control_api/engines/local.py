"""The engine of one machine: `engine.sock` says what is applied, `hive.sock` how bots are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import httpx2

from agent_runtime.hive_client import HiveAwayError, HiveClient, HiveError
from agent_runtime.home import Home
from agent_runtime.over_socket import over_socket
from control_api.engines.kept import kept_parts
from control_api.engines.protocol import (
    EngineAwayError,
    PartHealth,
    Status,
    Watcher,
    in_a_step,
    shown_reply,
)

_QUIET = 60.0


class LocalEngine:
    """Speaks to the local engine and to the hive on this machine."""

    name = "local"

    def __init__(self, home: Home) -> None:
        self._home = home
        self.inner = HiveClient(home.socket("hive"))
        self._http = httpx2.AsyncClient(
            transport=over_socket(home.socket("engine")),
            base_url="http://engine",
            timeout=httpx2.Timeout(10.0),
            trust_env=False,
        )

    async def watch_commits(self, watcher: Watcher) -> None:
        try:
            async with self._http.stream("GET", "/events", timeout=_QUIET) as response:
                response.raise_for_status()
                async for event in httpx2.EventSource(response):
                    await _report(watcher, event.event, json.loads(event.data or "{}"))
        except httpx2.HTTPError as error:
            raise EngineAwayError(f"the engine is not reachable: {type(error).__name__}") from error

    async def watch_bots(self, watcher: Watcher) -> None:
        try:
            async for event in self.inner.statuses():
                if event.event == "status":
                    await watcher.status(event.data)
                elif event.event == "removed":
                    await watcher.removed(event.data["id"])
                elif event.event == "ready":
                    await watcher.complete()
        except (HiveAwayError, HiveError) as error:
            raise EngineAwayError(str(error)) from error

    async def nudge(self, branch: str, commit: str) -> None:
        try:
            await self._http.post("/sync", json={"branch": branch, "commit": commit})
        except httpx2.HTTPError as error:
            raise EngineAwayError(f"the engine is not reachable: {type(error).__name__}") from error

    async def start(self, bot: str) -> Status:
        with in_a_step():
            return await self.inner.start(bot)

    async def probe(self, bot: str) -> str:
        with in_a_step():
            return shown_reply(await self.inner.probe(bot))

    async def health(self) -> Sequence[PartHealth]:
        engine = PartHealth("engine", True)
        try:
            engine = replace(engine, ok=(await self._http.get("/healthz", timeout=2.0)).is_success)
        except httpx2.HTTPError as error:
            engine = PartHealth("engine", False, f"not reachable: {type(error).__name__}")
        kept = {each.name: each for each in await asyncio.to_thread(kept_parts, self._home)}
        if (found := kept.pop("engine", None)) is not None:
            engine = replace(engine, memory=found.memory, restarts=found.restarts)
        return [PartHealth("hive", await self.inner.healthy()), engine, *kept.values()]

    async def aclose(self) -> None:
        await self.inner.aclose()
        await self._http.aclose()


async def _report(watcher: Watcher, event: str, data: Mapping[str, Any]) -> None:
    if event == "applied":
        bots = list(data.get("bots") or ())
        await watcher.applied(data["branch"], data["commit"], data.get("commits") or (), bots)
    elif event == "refused":
        await watcher.refused(data["bot"], str(data.get("reason") or "refused"), data.get("revision"))
