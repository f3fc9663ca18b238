"""Lock files: a stale one holds nobody up for long, a live one is never taken away."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gitops import git, layout, locks
from gitops.errors import GitError
from tests.gitops.fleet import Fleet, specification


def _lock(path: Path, age: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() - age, time.time() - age))
    return path


@pytest.mark.parametrize(
    "name", ["refs/heads/main.lock", "refs/heads/deploy/local/2b.lock", "packed-refs.lock"]
)
async def test_a_stale_lock_goes_and_the_write_succeeds(fleet: Fleet, name: str) -> None:
    lock = _lock(fleet.repository / name, 0.5)
    started = time.monotonic()
    await fleet.committer.recover()
    await fleet.commit("deploy", spec=specification())
    assert time.monotonic() - started < 5
    assert name == "packed-refs.lock" or not lock.exists()


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
