"""Lock files that a crash left behind: removed when nobody can hold them any more, never before.

Git makes `<file>.lock`, writes it and renames it; a process killed in between leaves it for ever, and every
later write fails. Whoever holds a lock of this repository is a Git process that works in it, which this looks
for.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

log = structlog.get_logger()

# A lock is held for the time of a rename; younger ones are left to Git's own waiting.
STALE_AFTER = 1.0
# Where no list of processes can be read, age alone has to do.
_STALE_UNSEEN = 60.0

_PROCESSES = Path("/proc")
# An empty one was left when not even these words found room.
_KEPT_BY_IMPORT = b"fast-import"
# Git commands that run long in this repository and take no lock of those below.
_HARMLESS = frozenset(
    {"cat-file", "upload-pack", "http-backend", "log", "rev-list", "index-pack", "pack-objects", "repack"}
)
# Those of them that write no file at all.
_READERS = frozenset({"cat-file", "upload-pack", "http-backend", "log", "rev-list"})


def clear_stale(repository: Path) -> bool:
    """Removes the locks that nobody holds; whether there were any."""
    locks = [lock for lock in _locks(repository) if _age(lock) > _limit()]
    if not locks or _is_worked_in(repository):
        return False
    for lock in locks:
        lock.unlink(missing_ok=True)
        log.warning("stale_lock_removed", lock=str(lock.relative_to(repository)))
    return True


def clear_leftovers(repository: Path) -> None:
    """Removes what a writer left that died or found the disk full, once nobody writes.

    `git fast-import` takes a pack's name by a `.keep` file. One that is left behind refuses the same commits,
    which get the same name, for ever; half a pack only takes room.
    """
    left = [each for each in _leftovers(repository) if _age(each) > _limit()]
    if not left or _is_worked_in(repository, _READERS):
        return
    for each in left:
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        else:
            each.unlink(missing_ok=True)
        log.warning("leftover_removed", file=str(each.relative_to(repository)))


def _leftovers(repository: Path) -> Iterator[Path]:
    yield from repository.glob("fast_import_crash_*")
    yield from (repository / "objects").glob("tmp_objdir-*")
    packs = repository / "objects" / "pack"
    yield from packs.glob("tmp_*")
    yield from (keep for keep in packs.glob("*.keep") if keep.read_bytes()[:11] in (b"", _KEPT_BY_IMPORT))


def _locks(repository: Path) -> Iterator[Path]:
    yield from repository.glob("*.lock")
    yield from (repository / "refs").rglob("*.lock")
    yield from (repository / "objects" / "info").rglob("*.lock")
    yield from (repository / "objects" / "pack").glob("*.lock")
    yield from repository.glob("gc.pid")


def _age(lock: Path) -> float:
    try:
        # One from the future is as old as the clock was set back since.
        return abs(time.time() - lock.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _limit() -> float:
    return STALE_AFTER if _PROCESSES.is_dir() else _STALE_UNSEEN


def _is_worked_in(repository: Path, harmless: frozenset[str] = _HARMLESS) -> bool:
    """Whether a Git process that may hold a lock, or is not `harmless`, works in this repository."""
    return any(_works_in(process, repository, harmless) for process in _PROCESSES.glob("[0-9]*"))


def _works_in(process: Path, repository: Path, harmless: frozenset[str]) -> bool:
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        if not Path(words[0]).name.startswith("git") or harmless.intersection(words):
            return False
        place = (process / "cwd").readlink()
        surroundings = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        # It has ended, or belongs to somebody who can't write here.
        return False
    return (
        place == repository
        or repository in place.parents
        or f"GIT_DIR={repository}".encode() in surroundings
        or any(str(repository) in word for word in words)
    )
