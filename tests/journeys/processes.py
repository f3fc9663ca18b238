"""Finding processes by their tree and by what they were started with; ending only those."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil

from agent_runtime.home import Home

Value = TypeVar("Value")


def eventually(
    what: str, check: Callable[[], Value | None], within: float = 30.0, pause: float = 0.05
) -> Value:
    """The first true value of `check`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        if value := check():
            return value
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        time.sleep(pause)


def children(pid: int) -> list[psutil.Process]:
    """The process tree under `pid`, without itself."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def of_home(home: Path) -> list[psutil.Process]:
    """Every living process that was started for this home, wherever it hangs in the tree."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if (
                process.environ().get("BOTYARD_HOME") == str(home)
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
    return found


def worker_of(home: Path, bot: str) -> psutil.Process | None:
    """The process that has the bot's database open, wherever a killed launcher left it in the tree."""
    folder = f"{Home.at(home).bot(bot)}/"
    for process in of_home(home):
        try:
            opened = [file.path for file in process.open_files()]
        except psutil.Error:
            continue
        if any(path.startswith(folder) and path.endswith("bot.db") for path in opened):
            return process
    return None


def kill_worker(home: Path, bot: str) -> int:
    """kill -9 of the bot's worker, once it has one; returns the process id."""
    worker = eventually(f"{bot} has a worker", lambda: worker_of(home, bot))
    worker.kill()
    worker.wait(10)
    return worker.pid


def described(process: psutil.Process) -> str:
    """What `ps` shows of a process."""
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.Error:
        return f"{process.pid} (gone)"


def resident(processes: list[psutil.Process]) -> int:
    """The memory of these processes, shared pages counted once, in bytes."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def command_lines() -> Iterator[bytes]:
    """The command line of every process on the machine, as any user can read it."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield path.read_bytes()
