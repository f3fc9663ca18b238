"""Lock files: a stale one holds nobody up for long, a live one is never taken away."""

from __future__ import annotations

import contextlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitops import git, layout, locks
from gitops.errors import GitError
from gitops.upkeep import tidy
from gitops.write import Batch, NewCommit
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification


def _lock(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - age, time.time() - age))
    return path


# Those that some Git command takes in a bare repository, whether or not one of ours does.
LOCKS = [
    "refs/heads/main.lock",
    "refs/heads/deploy/local/2b.lock",
    "refs/botyard/rendered.lock",
    "refs/botyard/writing/0.lock",
    "packed-refs.lock",
    "index.lock",
    "HEAD.lock",
    "config.lock",
    "shallow.lock",
    "gc.pid",
    "objects/info/commit-graph.lock",
    "objects/info/commit-graphs/commit-graph-chain.lock",
    "objects/pack/multi-pack-index.lock",
]


@pytest.mark.parametrize("name", LOCKS)
async def test_a_stale_lock_goes_and_the_write_succeeds(fleet: Fleet, name: str) -> None:
    _lock(fleet.repository / name, 0.5)
    started = time.monotonic()
    await fleet.committer.recover()
    await fleet.commit("deploy", spec=specification())
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("name", LOCKS)
async def test_a_lock_that_comes_later_holds_up_neither_writing_nor_tidying(fleet: Fleet, name: str) -> None:
    """The committer runs, and something else dies in the repository."""
    await fleet.commit("deploy", spec=specification())
    lock = _lock(fleet.repository / name, 60)
    started = time.monotonic()
    await fleet.commit("change", patch={"description": "one"})
    # The committer tidies too, beside its writing; whoever comes second is refused and comes again.
    while not await _tidied(fleet) or lock.exists():
        assert time.monotonic() - started < 5


async def _tidied(fleet: Fleet) -> bool:
    with contextlib.suppress(GitError):
        await tidy(fleet.repository)
        return True
    return False


async def test_a_pack_name_that_a_dead_import_took_is_free_again(fleet: Fleet) -> None:
    """The same commits make the same pack, and its `.keep` file would refuse them for ever."""
    now = datetime.now(UTC)
    tip = await fleet.objects.resolve(layout.MAIN)
    commit = NewCommit("main", tip, ALICE, now, "Push\n", {layout.bot_path(SUPPORT): b"version: 1\n"})
    packs = fleet.repository / "objects" / "pack"

    async def write() -> None:
        async with Batch(fleet.repository, now) as batch:
            await batch.add([commit])

    before = set(packs.glob("*.pack"))
    await write()
    [pack] = set(packs.glob("*.pack")) - before
    for suffix in (".pack", ".idx"):
        pack.with_suffix(suffix).unlink()
    keep = _lock(pack.with_suffix(".keep"), 0)
    keep.write_bytes(b"fast-import")
    with pytest.raises(GitError, match="keep"):
        await write()
    locks.clear_leftovers(fleet.repository)
    assert keep.exists(), "whoever took it may still live"
    for left in (keep, *fleet.repository.glob("fast_import_crash_*")):
        _lock(left, 60)
    locks.clear_leftovers(fleet.repository)
    await write()
    assert not list(fleet.repository.glob("fast_import_crash_*"))


async def test_what_a_push_keeps_is_not_touched(fleet: Fleet) -> None:
    kept = fleet.repository / "objects" / "pack" / "pack-0.keep"
    kept.write_bytes(b"receive-pack 1 on here")
    _lock(kept, 1000)
    locks.clear_leftovers(fleet.repository)
    assert kept.exists()
    kept.unlink()


async def test_a_live_lock_is_never_stolen(fleet: Fleet) -> None:
    before = await fleet.objects.resolve(layout.MAIN)
    lock = _lock(fleet.repository / "refs/heads/main.lock", 100)
    # A Git process that works in the repository and waits for its input may be the holder.
    holder = await git.start(fleet.repository, "update-ref", "--stdin")
    fleet.intent("deploy", spec=specification())
    with pytest.raises(GitError):
        await fleet.committer.once()
    assert lock.exists()
    assert await fleet.objects.resolve(layout.MAIN) == before
    await git.finish(holder)
    await fleet.committer.once()
    assert not lock.exists()
    assert await fleet.objects.resolve(layout.MAIN) != before


async def test_a_young_lock_is_left_alone(fleet: Fleet) -> None:
    lock = _lock(fleet.repository / "refs/heads/main.lock", 0)
    assert locks.clear_stale(fleet.repository) is False
    assert lock.exists()
