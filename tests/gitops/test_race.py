"""Pushes and operations at the same time: both land, none is lost, nothing is overwritten."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent_runtime.spec import BotId
from gitops import layout, render
from gitops.operations import Committed, Prepared, Refused, Result
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.server import Clone, serving

BOT = "users/al/alice/support/bot.yaml"


async def test_a_push_that_wins_the_race_is_kept_and_the_operation_tried_again(
    fleet: Fleet, tmp_path: Path
) -> None:
    await fleet.commit("deploy", spec=specification())
    prepare = fleet.operations.prepared
    pushes: list[bool] = []

    async def push_first(commits: Mapping[str, Prepared]) -> None:
        """Between the writing and the moving of our commits somebody pushes."""
        await prepare(commits)
        if not pushes:
            pushes.append(True)
            await clone.commit(BOT, (clone.folder / BOT).read_text().replace("kind", "brief"))
            taken, said = await clone.push()
            assert taken, said

    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        fleet.operations.prepared = push_first  # type: ignore[method-assign]
        await fleet.commit("change", patch={"description": "new"})

    data = specification(instructions="You are brief.", description="new")
    assert fleet.operations.rows[SUPPORT].data == data
    assert len(fleet.operations.people) == 1
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_push_that_changes_the_bot_makes_a_based_operation_stale(
    fleet: Fleet, tmp_path: Path
) -> None:
    first = await fleet.commit("deploy", spec=specification())
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.commit(BOT, (clone.folder / BOT).read_text().replace("kind", "brief"))
        await clone.push()
        result = await fleet.settle("change", patch={"description": "new"}, base_version=first.version)
    assert isinstance(result, Refused)
    assert result.status == 412


@pytest.mark.long
async def test_many_writers(fleet: Fleet, tmp_path: Path) -> None:
    bots = [BotId("alice", f"b{number}") for number in range(4)]
    for bot in bots:
        await fleet.commit("deploy", bot, spec=specification(bot.name))
    settled = asyncio.Event()
    settle = fleet.operations.committed

    async def watched(results: Mapping[str, Result]) -> None:
        await settle(results)
        settled.set()

    fleet.operations.committed = watched  # type: ignore[method-assign]
    running = asyncio.create_task(fleet.committer.run())

    async def operate() -> None:
        for number in range(20):
            fleet.intent("change", bots[number % 4], patch={"memory": {"turns": number}})
            fleet.committer.nudge()
            await asyncio.sleep(0.02)

    async def push(name: str) -> None:
        clone = await Clone.of(url, tmp_path / name, name=name)
        path = f"users/{name[:2]}/{name}/own/bot.yaml"
        for number in range(3):
            text = f"version: 1\nname: own\ninstructions: Number {number}.\n"
            await clone.commit(path, text)
            while not (await clone.push())[0]:
                await clone.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")

    async with serving(fleet) as url:
        await asyncio.gather(operate(), push("bob"), push("carol"))
        while fleet.operations.waiting:
            settled.clear()
            await settled.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await fleet.restart()
    await fleet.committer.once()

    ours = [result for name, result in fleet.operations.results.items() if name.startswith("op-")]
    assert all(isinstance(result, Committed) for result in ours)
    assert len(ours) == 24
    assert fleet.operations.rows[bots[1]].data == specification("b1", memory={"turns": 17})
    for name in ("bob", "carol"):
        row = fleet.operations.rows[BotId(name, "own")]
        assert row.data == {"version": 1, "name": "own", "instructions": "Number 2."}
    assert {str(bot) for bot, _ in fleet.operations.people} == {"bob.own", "carol.own"}
    assert await render.differences(fleet.objects, layout.MAIN) == []
