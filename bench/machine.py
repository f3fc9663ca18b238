"""What the benchmarks ask of the machine: a folder on a real disk, cores to pin to, memory in use."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
_IN_MEMORY = {"tmpfs", "ramfs", "overlay-tmpfs"}


class UnfitError(Exception):
    """This machine can't take the measurement, and why."""


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """A folder of its own on a disk that syncs for real; gone afterwards. Raises UnfitError for memory."""
    parent = ROOT / ".cache" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    if (kind := _file_system(parent)) in _IN_MEMORY:
        raise UnfitError(f"{parent} is on {kind}, where a sync costs nothing; check out on a real disk")
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _file_system(path: Path) -> str:
    mounts = sorted(psutil.disk_partitions(all=True), key=lambda each: len(each.mountpoint), reverse=True)
    return next((each.fstype for each in mounts if path.is_relative_to(each.mountpoint)), "unknown")


def cores() -> tuple[int, int]:
    """One core for what is measured, another for the load. Raises UnfitError where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise UnfitError("two cores are needed: one for what is measured, one for the load")
    return allowed[0], allowed[-1]


def pin(pid: int, core: int) -> None:
    """All threads of a process onto one core; those that it starts later inherit that of their maker."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(task.name), {core})


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """This process, and what it starts meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    pin(os.getpid(), core)
    try:
        yield
    finally:
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(task.name), before)


def pss_kib(pids: Iterable[int]) -> int:
    """Their proportional set size together, in KiB: each shared page is shared out over those who have it."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return total
