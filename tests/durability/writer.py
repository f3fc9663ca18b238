"""An owner at the API: writes that are repeated with one key until they are acknowledged."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from tests.durability.history import History, Write

_ENDED = ("succeeded", "failed")
_AGAIN = 0.1
_PATIENCE = 60.0


class Writer:
    """Writes for one seed, and notes in its history what each bot is to be."""

    def __init__(
        self, http: httpx2.AsyncClient, history: History, chance: random.Random, stop: asyncio.Event
    ) -> None:
        self._http, self._history, self._chance, self._stop = http, history, chance, stop
        self._count = 0

    async def create(self, bot: str, spec: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        owner = bot.partition(".")[0]
        description = self._description(bot)
        body = {"owner": owner, "spec": {**spec, "description": description}, "secrets": dict(secrets)}
        await self._write("POST", "/bots", body, f"create {bot}", {bot: description}, ended=True)

    async def delete(self, bot: str) -> None:
        await self._write("DELETE", f"/bots/{bot}", None, f"delete {bot}", {bot: None})

    async def bulk(self, op: str, bots: Sequence[str], specs: Mapping[str, Any] | None = None) -> None:
        """`op` is create, update or delete."""
        if not bots:
            return
        wanted = {bot: None if op == "delete" else self._description(bot) for bot in bots}
        items = [
            {"op": op, "id": bot}
            | ({} if op == "delete" else {"spec": {**(specs or {}).get(bot, {}), "description": wanted[bot]}})
            for bot in bots
        ]
        await self._write("POST", "/bulk", items, f"bulk {op} {' '.join(bots)}", wanted, ended=True)

    async def meddle(self, bot: str) -> None:
        """Changes, pauses, restarts and rolls a bot back until it is enough; leaves it awake."""
        earlier: list[tuple[str, str]] = []
        while not self._stop.is_set():
            step = self._chance.choice(("change", "instruct", "restart", "pause", "rollback"))
            if step == "change":
                await self._change(bot, {}, earlier)
            elif step == "instruct":
                await self._change(
                    bot, {"instructions": f"You are {uuid.UUID(int=self._chance.getrandbits(128))}."}, earlier
                )
            elif step == "restart":
                # Its time is told in seconds, and the same time again would be no change.
                await asyncio.sleep(1.0)
                await self._write("POST", f"/bots/{bot}/restart", None, f"restart {bot}", {}, ended=True)
            elif step == "pause":
                await self._plain(bot, "pause")
                await asyncio.sleep(self._chance.uniform(0.0, 1.0))
                await self._plain(bot, "resume")
            elif len(earlier) > 1:
                commit, description = self._chance.choice(earlier[:-1])
                what = f"roll {bot} back to {commit[:12]}"
                body = {"commit": commit}
                await self._write("POST", f"/bots/{bot}/rollback", body, what, {bot: description}, ended=True)
            await asyncio.sleep(self._chance.uniform(0.0, 0.4))

    async def _plain(self, bot: str, verb: str) -> None:
        await self._write("POST", f"/bots/{bot}/{verb}", None, f"{verb} {bot}", {}, ended=self._maybe())

    async def _change(self, bot: str, patch: Mapping[str, Any], earlier: list[tuple[str, str]]) -> None:
        description = self._description(bot)
        body = {"spec": {**patch, "description": description}}
        operation = await self._write(
            "PATCH", f"/bots/{bot}", body, f"change {bot}", {bot: description}, ended=self._maybe()
        )
        if operation is not None and (commit := operation.get("commit")):
            earlier.append((commit, description))

    async def _write(
        self,
        method: str,
        path: str,
        body: Any,
        what: str,
        wanted: Mapping[str, str | None],
        *,
        ended: bool = False,
    ) -> dict[str, Any] | None:
        """Asks until it is acknowledged, and where wanted waits for the operation's end."""
        key = str(uuid.UUID(int=self._chance.getrandbits(128)))
        write = Write(time.time(), what, tuple(wanted))
        self._history.writes.append(write)
        until = time.monotonic() + _PATIENCE
        while write.operation is None and time.monotonic() < until:
            write.tries += 1
            answer = await self._asked(method, path, json=body, headers={"idempotency-key": key})
            if answer is not None and answer.status_code in (200, 202):
                write.operation = answer.json()["operation"]["id"]
                self._history.wanted |= wanted
            elif answer is not None and answer.status_code < 500:
                write.refused = f"{answer.status_code} {answer.text}"
                return None
            else:
                write.refused = None if answer is None else f"{answer.status_code} {answer.text}"
                await asyncio.sleep(_AGAIN)
        return await self._end_of(write.operation, until) if ended and write.operation else None

    async def _end_of(self, operation: str, until: float) -> dict[str, Any] | None:
        while time.monotonic() < until:
            answer = await self._asked("GET", f"/operations/{operation}")
            if answer is not None and answer.status_code == 200 and answer.json()["state"] in _ENDED:
                found: dict[str, Any] = answer.json()
                return found
            await asyncio.sleep(_AGAIN)
        return None

    async def _asked(self, method: str, path: str, **more: Any) -> httpx2.Response | None:
        try:
            return await self._http.request(method, path, **more)
        except httpx2.TransportError:
            return None

    def _description(self, bot: str) -> str:
        self._count += 1
        return f"{bot}, {self._count}"

    def _maybe(self) -> bool:
        return self._chance.random() < 0.5
