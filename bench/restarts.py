"""What a planned restart costs those who write meanwhile: `python -m bench.restarts`.

200 webhooks a second go through the gateway, open loop, each timed from when it was due, while SIGUSR1 has
control API, hive and every other part replaced. Most go to paused bots, so that storing them is what is
measured; some to a bot that answers, and each of those is to be answered once.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.whole import Whole, update, whole

RATE = 200.0
_QUIET, _AFTER, _RESTART_WITHIN = 5.0, 5.0, 240.0  # seconds
_PAUSED, _LIVE_SHARE = (
    20,
    20,
)  # a thousand messages may wait for each; one request in _LIVE_SHARE is for the bot that answers
_PEOPLE = range(4700, 4740)  # a bot writes to each of them about once a second at most, as Telegram wants it


@dataclass(frozen=True)
class Sample:
    """One request; times in seconds, `due` on the monotonic clock."""

    due: float
    took: float
    status: int
    live: bool


def run() -> dict[str, float]:
    """`restart_refused` (refused, lost or not answered once), `restart_p99_ms`, and what they are made of."""
    with tempfile.TemporaryDirectory() as folder, whole(Path(folder)) as botyard:
        return asyncio.run(_Restarts(botyard).run())


class _Restarts:
    def __init__(self, botyard: Whole) -> None:
        self._botyard = botyard
        self._samples: list[Sample] = []
        self._live = botyard.deploy("live")
        for user in _PEOPLE:  # only who spoke first may be written to
            self._live.person(user).say("hello")
        assert len(self._answers(len(_PEOPLE))) == 1, "the bot answers"
        self._targets = [botyard.webhook("live", self._live)]
        for number in range(_PAUSED):
            theirs = botyard.deploy(f"paused{number}")
            botyard.api.write("PATCH", f"/bots/admin.paused{number}", {"spec": {"paused": True}})
            self._targets.append(botyard.webhook(f"paused{number}", theirs))

    async def run(self) -> dict[str, float]:
        over = asyncio.Event()
        load = asyncio.create_task(self._load(over))
        await asyncio.sleep(_QUIET)
        begun = time.monotonic()
        replaced = await self._replace_all()
        await asyncio.sleep(_AFTER)
        over.set()
        await load
        return self._figures(begun, replaced)

    async def _replace_all(self) -> dict[str, float]:
        """When each part had another process than before."""
        before = self._botyard.pids()
        os.kill(self._botyard.botyard.pid, signal.SIGUSR1)
        replaced: dict[str, float] = {}
        deadline = time.monotonic() + _RESTART_WITHIN
        while before.keys() - replaced.keys():
            assert time.monotonic() < deadline, f"not replaced: {before.keys() - replaced.keys()}"
            now = self._botyard.pids()
            for name in before.keys() - replaced.keys():
                if now.get(name, before[name]) != before[name]:
                    replaced[name] = time.monotonic()
            await asyncio.sleep(0.02)
        return replaced

    async def _load(self, over: asyncio.Event) -> None:
        begun, tasks, lines = time.monotonic(), [], _Lines(self._botyard.botyard.port)
        for number in itertools.count():
            due = begun + number / RATE
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            if over.is_set():
                break
            tasks.append(asyncio.create_task(self._send(lines, number, due)))
        await asyncio.gather(*tasks)

    async def _send(self, lines: _Lines, number: int, due: float) -> None:
        live = number % _LIVE_SHARE == 0
        url, headers = self._targets[0 if live else 1 + number % _PAUSED]
        # The numbers are beyond those that the simulated platform gives.
        user = _PEOPLE[number // _LIVE_SHARE % len(_PEOPLE)]
        body = update(10_000_000 + number, user, f"m{number}")
        try:
            async with asyncio.timeout(60.0):
                status = await lines.post(urlsplit(url).path, headers, json.dumps(body).encode())
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            status = 0
        self._samples.append(Sample(due, time.monotonic() - due, status, live))

    def _figures(self, begun: float, replaced: Mapping[str, float]) -> dict[str, float]:
        refused = Counter(each.status for each in self._samples if each.status != 200)
        sent = sum(each.live for each in self._samples)
        expected = len(self._samples) - refused.total()
        lost = expected - self._stored()
        answers = self._answers(sent + len(_PEOPLE))
        del answers["echo: hello"]
        once = sum(count == 1 for count in answers.values())
        ends = max(replaced.values()) + _AFTER
        windows = {name: _p99(self._samples, at - 1.0, at + _AFTER) for name, at in sorted(replaced.items())}
        return {
            "restart_refused": float(refused.total() + max(lost, 0) + sent - once),
            "restart_p99_ms": max(windows.values()),
            "p99_before_ms": _p99(self._samples, begun - _QUIET, begun),
            "slowest_ms": 1000 * max(each.took for each in self._samples),
            "whole_restart_s": ends - _AFTER - begun,
            "requests": float(len(self._samples)),
            "not_200": float(refused.total()),
            "not_stored": float(lost),
            "answered_more_than_once": float(sum(count > 1 for count in answers.values())),
            "not_answered": float(sent - sum(count > 0 for count in answers.values())),
            **{f"p99_ms_{name}": value for name, value in windows.items()},
        }

    def _stored(self) -> int:
        with sqlite3.connect(f"file:{self._botyard.home.mail_database}?mode=ro", uri=True) as database:
            rows = database.execute("SELECT count(*) FROM mail WHERE key LIKE 'telegram:1_______'")
            return int(rows.fetchone()[0])

    def _answers(self, expected: int) -> Counter[str]:
        """What the bot that answers has sent, once it is that many or waiting is no use."""
        path = f"/bots/{self._live.id}/sent?count={expected}&timeout=60"
        sent = self._botyard.telegram.ask("GET", path)
        return Counter(str(each["text"]) for each in sent)


class _Lines:
    """Kept connections to the gateway: so cheap that a backlog on a busy machine does not feed itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status. Raises OSError and IncompleteReadError where the connection breaks."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        told = {"host": "bench", "content-type": "application/json", "content-length": len(body), **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        fields = dict(line.split(": ", 1) for line in answer.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close":
            writer.close()
        else:
            self._free.append((reader, writer))
        return int(answer.split(" ", 2)[1])


def _p99(samples: list[Sample], begin: float, end: float) -> float:
    """Milliseconds; nearest rank."""
    took = [each.took for each in samples if begin <= each.due < end]
    return 1000 * statistics.quantiles(took, n=100, method="inclusive")[98]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(), indent=1) + "\n")
