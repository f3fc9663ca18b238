"""How long Botyard is away when a part is killed: `python -m bench.crashes`.

Each part in turn gets SIGKILL; it serves again once a webhook is acknowledged and its message answered, the
list of bots can be read, a change has gone all the way to its end, and a chat is answered, all of them begun
at the kill and repeated until they succeed. Worst of three rounds; seconds. Beside the parts, and
not in the worst of them: all parts of the hive killed at once, and the same four things with nothing killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import psutil

from bench.whole import Whole, update, whole

ROUNDS = 3
_GIVE_UP, _PAUSE = 60.0, 0.02
_HIVE = ("keeper", "launcher", "dispatcher", "receiver", "listeners-0")
_PARTS = ("gateway", "control", "engine", *_HIVE, "worker", "brain")
_BESIDE = ("hive", "nothing")


def run(rounds: int = ROUNDS) -> dict[str, float]:
    """`crash_recovery_s`, the worst of all parts, and each part's."""
    with tempfile.TemporaryDirectory() as folder, whole(Path(folder)) as botyard:
        return asyncio.run(_Crashes(botyard).run(rounds))


class _Crashes:
    def __init__(self, botyard: Whole) -> None:
        self._botyard = botyard
        self._numbers = itertools.count(1)
        self._telegram = botyard.deploy("crash")
        self._url, self._headers = botyard.webhook("crash", self._telegram)
        for name in ("embedded",):
            botyard.api.deploy(
                {
                    "version": 1,
                    "name": name,
                    "instructions": "Be brief.",
                    "model": {"provider": "embedded", "max_output_tokens": 8},
                }
            )
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        self._http = httpx2.AsyncClient(timeout=_GIVE_UP, trust_env=False, limits=limits)
        self._api = httpx2.AsyncClient(
            base_url=f"{botyard.botyard.url}/api/v1",
            headers={"authorization": f"Bearer {botyard.botyard.token}"},
            timeout=_GIVE_UP,
            trust_env=False,
            limits=limits,
        )

    async def run(self, rounds: int) -> dict[str, float]:
        probes: dict[str, float] = {}
        worst = dict.fromkeys((*_BESIDE, *_PARTS), 0.0)
        for _ in range(rounds):
            for part in worst:
                await self._all_ready()
                took = await self._recovery(part)
                slowest = max(took, key=lambda probe: took[probe])
                worst[part] = max(worst[part], took[slowest])
                probes[f"{part}/{slowest}"] = max(probes.get(f"{part}/{slowest}", 0.0), took[slowest])
        await self._http.aclose()
        await self._api.aclose()
        parts = {f"{part}_s": seconds for part, seconds in worst.items()}
        return {"crash_recovery_s": max(worst[part] for part in _PARTS), **parts, **probes}

    async def _recovery(self, part: str) -> dict[str, float]:
        """Kill it; how long each thing that people do took from then on."""
        begun = time.monotonic()
        if part != "nothing":
            for pid in self._pids(part):
                os.kill(pid, signal.SIGKILL)
        bot = "embedded" if part == "brain" else "crash"
        probes: dict[str, Callable[[], Awaitable[bool]]] = {
            "webhook": self._webhook(),
            "list": self._list,
            "change": self._change,
            "chat": lambda: self._chat(bot),
        }

        async def until_done(probe: Callable[[], Awaitable[bool]]) -> float:
            while True:
                with contextlib.suppress(httpx2.TransportError, KeyError, ValueError):
                    if await probe():
                        return time.monotonic() - begun
                assert time.monotonic() < begun + _GIVE_UP, f"{part}: not serving within {_GIVE_UP:g} s"
                await asyncio.sleep(_PAUSE)

        times = await asyncio.gather(*(until_done(probe) for probe in probes.values()))
        return dict(zip(probes, times, strict=True))

    def _webhook(self) -> Callable[[], Awaitable[bool]]:
        """One message, sent until it is acknowledged; then its answer is waited for."""
        number = next(self._numbers)
        user, body = 4711 + number, update(10_000_000 + number, 4711 + number, f"m{number}")
        self._telegram.person(user).say("hello")  # only who spoke first may be written to

        async def probe() -> bool:
            answer = await self._http.post(self._url, json=body, headers=dict(self._headers))
            if answer.status_code != 200:
                return False
            person = self._telegram.person(user)
            deadline = time.monotonic() + _GIVE_UP
            while time.monotonic() < deadline:
                if any(each["text"] == f"echo: m{number}" for each in person.reads()):
                    return True
                await asyncio.sleep(_PAUSE)
            return False

        return probe

    async def _list(self) -> bool:
        return (await self._api.get("/bots")).status_code == 200

    async def _change(self) -> bool:
        spec = {"description": f"Change {next(self._numbers)}"}
        answer = await self._api.patch(
            "/bots/admin.crash", json={"spec": spec}, headers={"prefer": f"wait={_GIVE_UP:.0f}"}
        )
        return answer.status_code == 200 and answer.json()["operation"]["state"] == "succeeded"

    async def _chat(self, bot: str) -> bool:
        last: dict[str, Any] = {}
        async with self._api.stream("POST", f"/bots/admin.{bot}/chat", json={"text": "Hello"}) as answer:
            if answer.status_code != 200:
                return False
            async for event in httpx2.EventSource(answer):
                last = {"event": event.event, "data": json.loads(event.data or "{}")}
        return last.get("event") == "done"

    def _pids(self, part: str) -> list[int]:
        if part != "worker":
            pids = self._botyard.pids()
            return [pids[name] for name in (_HIVE if part == "hive" else (part,))]
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                ours = process.environ().get("BOTYARD_HOME") == str(self._botyard.home.root)
                if ours and process.name() == "bot admin.crash":
                    return [process.pid]
        raise AssertionError("the bot has no worker")

    async def _all_ready(self) -> None:
        """Every part serves, for a moment already, and the bot is awake."""
        deadline = time.monotonic() + _GIVE_UP
        while not {*_PARTS} - {"worker"} <= self._botyard.pids().keys() or not await self._chat("crash"):
            assert time.monotonic() < deadline, "a part did not come back"
            await asyncio.sleep(0.1)
        await asyncio.sleep(3.5)  # a crash long after the last one is what is measured


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(), indent=1) + "\n")
