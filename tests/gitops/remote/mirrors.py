"""A mirror and its remote: what holds between them, and what people do to the remote."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gitops import layout, remote, render, write
from gitops.objects import Objects
from gitops.write import Batch, Move, NewCommit
from tests.gitops.code_host import CodeHost, forced, git_in
from tests.gitops.fleet import ALICE, Fleet
from tests.gitops.server import Clone

BOT = "users/al/alice/support/bot.yaml"
BRANCH = layout.deploy_branch("local", layout.shard("alice", 64))


async def agree(fleet: Fleet, repository: Path) -> None:
    """The remote has what the mirror has, rendering is complete, and nobody forced anything."""
    tips = git_in(repository, "for-each-ref", "--format=%(refname) %(objectname)").split("\n")[:-1]
    there = {remote.here_of(ref): oid for ref, oid in (line.split() for line in tips)}
    assert there == await remote.branches_here(fleet.repository)
    assert there[layout.MAIN] == there[layout.RENDERED]
    assert await render.differences(fleet.objects, layout.MAIN) == []
    assert forced(repository) == []
    git_in(repository, "fsck", "--strict", "--no-dangling")


async def someone(fleet: Fleet, host: CodeHost, tmp_path: Path) -> Clone:
    clone = await Clone.of(host.url, tmp_path / "clone")
    assert (clone.folder / "fleet.yaml").exists()
    return clone


async def brief(clone: Clone) -> str:
    await clone.git("pull", "-q", "--rebase", "origin", "main")
    commit = await clone.commit(BOT, (clone.folder / BOT).read_text().replace("kind", "brief"))
    taken, said = await clone.push()
    assert taken, said
    return commit


async def until_settled(fleet: Fleet, number: int) -> None:
    for _ in range(1500):
        if len(fleet.operations.results) >= number:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{len(fleet.operations.results)} of {number} operations are settled")


async def forge(repository: Path, files: Mapping[str, bytes | str | None], branch: str = BRANCH) -> str:
    """A commit on a deploy branch of the remote, by one who may push there."""
    objects, now = Objects(repository), datetime.now(UTC)
    try:
        tip = await objects.resolve(branch)
        async with Batch(repository, now) as batch:
            [commit] = await batch.add([NewCommit("forged", tip, ALICE, now, "Forged\n", files)])
        await write.move(repository, [Move(branch, tip, commit)])
    finally:
        await objects.aclose()
    return commit
