"""A store that fails once, at each call in turn: the running committer settles every operation, once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from agent_runtime.spec import BotId
from gitops import layout, render
from gitops.committer import Committer
from gitops.operations import Committed, Refused
from gitops.write import Batch, Move, NewCommit, move
from tests.gitops.failing import FailingOperations, When
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification

CALLS = ["claim", "prepared", "committed", "indexed", "index_tip", "unfinished"]
# With and without commits of people to render first; `adopted` is called for those alone.
CASES = [("adopted", True), *((name, pushed) for name in CALLS for pushed in (False, True))]
PUSHED = BotId("carol", "pushed")
HELD = BotId("carol", "held")
CLAIMED = BotId("bob", "helper")


async def _push(fleet: Fleet) -> None:
    """A commit that people made, with a bot that is valid and one that is not."""
    tip = await fleet.objects.resolve(layout.MAIN)
    now = datetime.now(UTC)
    files = {
        layout.bot_path(PUSHED): b"version: 1\nname: pushed\ninstructions: Hi.\n",
        layout.bot_path(HELD): b"version: 1\nname: held\n",
    }
    async with Batch(fleet.repository, now) as batch:
        [commit] = await batch.add([NewCommit("main", tip, ALICE, now, "Push\n", files)])
    await move(fleet.repository, [Move(layout.MAIN, tip, commit)])


@contextlib.asynccontextmanager
async def _working(fleet: Fleet) -> AsyncIterator[None]:
    task = asyncio.create_task(fleet.committer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until(fleet: Fleet, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            fleet.committer.nudge()
            await asyncio.sleep(0.02)


async def _store(fleet: Fleet, name: str, when: When) -> FailingOperations:
    await fleet.committer.aclose()
    store = FailingOperations(name, when)
    fleet.operations = store
    fleet.committer = Committer(fleet.repository, store)
    await fleet.commit("deploy", spec=specification())
    return store


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("name", "pushed"), CASES)
async def test_one_failure_loses_nothing_and_doubles_nothing(
    fleet: Fleet, name: str, pushed: bool, when: When
) -> None:
    store = await _store(fleet, name, when)
    start = await fleet.objects.resolve(layout.MAIN)
    if pushed:
        await _push(fleet)
    fleet.intent("deploy", CLAIMED, spec=specification("helper"))
    fleet.intent("change", patch={"description": "one"})

    store.armed = True
    async with _working(fleet):
        await _until(fleet, lambda: store.failed and not store.waiting and not store.stored)
        await _until(fleet, lambda: store.tip is not None and CLAIMED in store.rows)
        await _until(fleet, lambda: fleet.committer.trouble is None)

    assert [type(store.results[operation]) for operation in ("op-2", "op-3")] == [Committed, Committed]
    people = {str(bot): type(store.results[f"{bot}@{commit}"]) for bot, commit in store.people}
    assert people == ({"carol.pushed": Committed, "carol.held": Refused} if pushed else {})
    assert len(await fleet.objects.commits(start, layout.MAIN)) == 2 + pushed
    assert store.rows.keys() == {SUPPORT, CLAIMED} | ({PUSHED, HELD} if pushed else set())
    assert store.rows[SUPPORT].data == specification(description="one")
    assert store.tip == await fleet.objects.resolve(layout.MAIN)
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_failing_committer_says_so_until_it_works_again(fleet: Fleet) -> None:
    store = await _store(fleet, "claim", "before")
    assert fleet.committer.trouble is None
    store.armed = True
    async with _working(fleet):
        await _until(fleet, lambda: fleet.committer.trouble is not None)
        assert "RuntimeError" in (fleet.committer.trouble or "")
        await _until(fleet, lambda: fleet.committer.trouble is None)
