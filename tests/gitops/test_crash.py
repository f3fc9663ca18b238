"""kill -9 at each step of a commit: the next start settles every operation, once."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest

from agent_runtime.spec import BotId
from gitops import layout, render
from gitops.committer import Committer
from gitops.operations import Committed, Refused
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.killed import load, save

PLACES = ["written", "prepared", "half-moved", "moved", "settled", "indexed"]


async def kill(fleet: Fleet, where: str) -> None:
    """Lets another process work on what waits until it dies."""
    path = fleet.home.root / "operations"
    save(fleet.operations, path)
    arguments = (sys.executable, "-m", "tests.gitops.killed", str(fleet.home.root), where)
    process = await asyncio.create_subprocess_exec(*arguments)
    assert await process.wait() == -signal.SIGKILL
    fleet.operations = load(path)
    await fleet.committer.aclose()
    fleet.committer = Committer(fleet.repository, fleet.operations)


@pytest.mark.parametrize("where", PLACES)
async def test_nothing_is_lost_and_nothing_is_done_twice(fleet: Fleet, where: str) -> None:
    await fleet.commit("deploy", spec=specification())
    start = await fleet.objects.resolve(layout.MAIN)
    fleet.intent("change", patch={"description": "one"})
    fleet.intent("deploy", BotId("bob", "helper"), spec=specification("helper"))
    fleet.intent("deploy", SUPPORT, spec=specification())
    fleet.intent("change", patch={"memory": {"turns": 5}})

    await kill(fleet, where)
    await fleet.committer.recover()
    while await fleet.committer.once():
        pass

    results = fleet.operations.results
    assert [type(results[f"op-{number}"]) for number in (2, 3, 4, 5)] == [
        Committed,
        Committed,
        Refused,
        Committed,
    ]
    assert len(await fleet.objects.commits(start, layout.MAIN)) == 3
    for result in results.values():
        if isinstance(result, Committed):
            assert await fleet.objects.contains(layout.MAIN, result.prepared.commit)
            assert await fleet.objects.contains(result.prepared.branch, result.prepared.deploy_commit)
    assert fleet.operations.people == {}
    assert fleet.operations.stored == {}
    assert fleet.operations.rows[SUPPORT].data == specification(description="one", memory={"turns": 5})
    assert fleet.operations.tip == await fleet.objects.resolve(layout.MAIN)
    assert await fleet.objects.resolve(layout.RENDERED) == fleet.operations.tip
    assert await render.differences(fleet.objects, layout.MAIN) == []
    fleet.git("fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize("known", ["nothing", "another repository"])
async def test_a_lost_index_is_rebuilt(fleet: Fleet, known: str) -> None:
    for number in range(3):
        name = f"b{number}"
        await fleet.commit("deploy", BotId("alice", name), spec=specification(name))
    rows = dict(fleet.operations.rows)
    fleet.operations.rows = {BotId("x", "stale"): next(iter(rows.values()))}
    fleet.operations.tip = None if known == "nothing" else "0" * 40
    await fleet.restart()
    await fleet.committer.recover()
    assert {bot: row.version for bot, row in fleet.operations.rows.items()} == {
        bot: row.version for bot, row in rows.items()
    }


async def test_an_index_that_lags_is_brought_up(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", BotId("alice", "a"), spec=specification("a"))
    await fleet.commit("deploy", BotId("alice", "b"), spec=specification("b"))
    await fleet.commit("delete", BotId("alice", "a"))
    del fleet.operations.rows[BotId("alice", "b")]
    fleet.operations.tip = first.commit
    await fleet.restart()
    await fleet.committer.recover()
    assert fleet.operations.rows.keys() == {BotId("alice", "b")}
