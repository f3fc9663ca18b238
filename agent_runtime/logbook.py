"""Each bot's own log: lines of JSON in its folder, kept below a limit, written by the dispatcher alone.

Every line has an `id` that only grows, by which a reader resumes. Readers open the files themselves.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, BinaryIO

from agent_runtime.home import Home

LEVELS = ("debug", "info", "warning", "error", "critical")
_LIMIT = 512 * 1024  # of each of the two files
_LONGEST_LINE = 16 * 1024
_MOST_OPEN = 64
_LOOK_EVERY = 0.2


def log_file(home: Home, bot: str) -> Path:
    return home.bot(bot) / "log.jsonl"


class Logbook:
    """The writer; what can't be written because the disk is full is dropped."""

    def __init__(self, home: Home, limit: int = _LIMIT) -> None:
        self._home = home
        self._limit = limit
        self._open: OrderedDict[str, BinaryIO] = OrderedDict()
        self._last = 0

    def write(self, bot: str, record: dict[str, Any]) -> None:
        # Microseconds, and never the same twice: lines of all processes before and after us stay in order.
        self._last = max(self._last + 1, time.time_ns() // 1000)
        line = _line({"id": str(self._last), "at": time.time(), **record})
        try:
            file = self._file(bot)
            file.write(line)
            file.flush()
            if file.tell() > self._limit:
                self._rotate(bot)
        except OSError:
            self.forget(bot)

    def forget(self, bot: str) -> None:
        """Close the bot's file; its folder may go."""
        if (file := self._open.pop(bot, None)) is not None:
            file.close()

    def close(self) -> None:
        for bot in list(self._open):
            self.forget(bot)

    def _file(self, bot: str) -> BinaryIO:
        if (file := self._open.get(bot)) is not None:
            self._open.move_to_end(bot)
            return file
        if len(self._open) >= _MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        file = self._open[bot] = open(log_file(self._home, bot), "ab", opener=_for_its_user)  # noqa: SIM115
        return file

    def _rotate(self, bot: str) -> None:
        self.forget(bot)
        path = log_file(self._home, bot)
        path.replace(path.with_suffix(".jsonl.1"))


def _for_its_user(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _line(record: dict[str, Any]) -> bytes:
    line = json.dumps(record, default=str)
    if len(line) > _LONGEST_LINE:
        kept = {key: record[key] for key in ("id", "at", "level", "event") if key in record}
        line = json.dumps({**kept, "cut": line[:_LONGEST_LINE]}, default=str)
    return line.encode() + b"\n"


async def read_log(
    home: Home, bot: str, *, after: str | None = None, level: str | None = None, follow: bool = False
) -> AsyncGenerator[dict[str, Any] | None]:
    """The lines after the one with the id `after`, oldest first, from `level` upwards.

    With `follow` it goes on as lines come and gives None whenever it has looked and found nothing new.
    """
    seen = int(after) if after and after.isdigit() else 0
    lowest = LEVELS.index(level) if level in LEVELS else 0
    path = log_file(home, bot)
    state: tuple[int, int] | None = None
    while True:
        now = _state(path)
        if now != state:
            state = now
            for record in _records(path):
                if int(record["id"]) > seen:
                    seen = int(record["id"])
                    if _rank(record) >= lowest:
                        yield record
        if not follow:
            return
        yield None
        await asyncio.sleep(_LOOK_EVERY)


def _records(path: Path) -> list[dict[str, Any]]:
    records = []
    for file in (path.with_suffix(".jsonl.1"), path):
        try:
            lines = file.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            continue
        for line in lines:
            try:
                records.append(json.loads(line))
            except ValueError:
                continue  # A line that a crash cut short.
    return records


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_size)


def _rank(record: dict[str, Any]) -> int:
    level = record.get("level", "info")
    return LEVELS.index(level) if level in LEVELS else 1
