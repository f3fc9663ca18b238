"""What comes to `main` past the validator, and settings that touch every bot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_runtime.spec import BotId
from gitops import layout, release, render, sweep
from gitops.intent import Author
from gitops.operations import Refused
from gitops.release import read_release
from gitops.write import Batch, Move, NewCommit, move
from tests.gitops.fleet import SUPPORT, Fleet, specification

BOT = layout.bot_path(SUPPORT)
BRANCH = layout.deploy_branch("local", layout.shard("alice", 64))
BOB = Author("Bob", "bob@example.org")


async def _merge(fleet: Fleet, files: dict[str, bytes | None]) -> str:
    """A commit on `main` that no hook has seen, as a merge on a code host would be."""
    tip = await fleet.objects.resolve(layout.MAIN)
    now = datetime.now(UTC)
    async with Batch(fleet.repository, now) as batch:
        [commit] = await batch.add([NewCommit("main", tip, BOB, now, "Merge\n", files)])
    await move(fleet.repository, [Move(layout.MAIN, tip, commit)])
    return commit


async def test_an_invalid_bot_is_held_and_every_other_goes_on(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    other = BotId("alice", "other")
    good = b"version: 1\nname: other\ninstructions: Hi.\n"
    broken = await _merge(
        fleet, {BOT: b"version: 1\nname: support\n", layout.bot_path(other): good, "users/junk": b"x"}
    )
    await fleet.committer.once()

    held = fleet.operations.people[SUPPORT, broken]
    assert held.prepared is None
    assert [(problem.file, problem.pointer) for problem in held.problems] == [(BOT, "/instructions")]
    result = fleet.operations.results[f"alice.support@{broken}"]
    assert isinstance(result, Refused)
    assert result.problems == held.problems
    entry = await fleet.objects.entry(BRANCH, layout.release_path(SUPPORT))
    assert entry is not None
    assert entry.oid == first.revision
    assert fleet.operations.rows[SUPPORT].held == held.problems
    assert fleet.operations.people[other, broken].prepared is not None
    assert await fleet.read(layout.release_path(other), BRANCH) is not None

    result = await fleet.settle("change", patch={"description": "d"})
    assert isinstance(result, Refused)
    mended = await fleet.commit("change", spec=specification(description="d"))
    assert fleet.operations.rows[SUPPORT].held == ()
    entry = await fleet.objects.entry(BRANCH, layout.release_path(SUPPORT))
    assert entry is not None
    assert entry.oid == mended.revision


async def test_unreadable_yaml_is_held_too_and_can_be_rolled_back(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification())
    await _merge(fleet, {BOT: b"a: &x [*x]\n"})
    await fleet.committer.once()
    row = fleet.operations.rows[SUPPORT]
    assert row.data is None
    assert row.held
    back = await fleet.commit("rollback", commit=first.commit)
    assert back.version == first.version
    assert fleet.operations.rows[SUPPORT].held == ()
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_new_chart_version_renders_every_bot_again(fleet: Fleet) -> None:
    bots = [BotId("alice", "a"), BotId("alice", "b"), BotId("bob", "c")]
    for bot in bots:
        await fleet.commit("deploy", bot, spec=specification(bot.name))
    content = await fleet.read(layout.FLEET)
    assert content is not None
    await fleet.offer("1.1.0")
    await _merge(fleet, {layout.FLEET: content.replace(b"1.0.0", b"1.1.0")})
    await fleet.committer.once()
    for bot in bots:
        branch = layout.deploy_branch("local", layout.shard(bot.owner, 64))
        content = await fleet.read(layout.release_path(bot), branch)
        assert content is not None
        assert read_release(content, bot).chart == "bot-1-1-0"
    assert fleet.operations.people == {}
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_chart_that_there_is_not_is_passed_over(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    content = await fleet.read(layout.FLEET)
    assert content is not None
    await _merge(fleet, {layout.FLEET: content.replace(b"1.0.0", b"1.1.0")})
    await fleet.committer.once()
    await fleet.commit("change", patch={"description": "d"})
    release = await fleet.read(layout.release_path(SUPPORT), BRANCH)
    assert release is not None
    assert read_release(release, SUPPORT).chart == "bot-1-0-0"


@pytest.mark.parametrize("spoilt", [b"shards: [\n", "7 shards", None])
async def test_bad_settings_are_passed_over_until_corrected(fleet: Fleet, spoilt: bytes | str | None) -> None:
    await fleet.commit("deploy", spec=specification())
    good = await fleet.read(layout.FLEET)
    assert good is not None
    if isinstance(spoilt, str):
        spoilt = good.replace(b"64", b"7")
    await fleet.offer("1.1.0")
    branches = (await fleet.objects.branches("refs/heads/deploy/")).keys()
    other = BotId("alice", "other")
    text = b"version: 1\nname: other\ninstructions: Hi.\n"
    await _merge(fleet, {layout.FLEET: spoilt, layout.bot_path(other): text})
    await fleet.committer.once()
    await fleet.restart()
    await fleet.committer.recover()
    await fleet.commit("change", patch={"description": "d"})
    assert fleet.operations.rows.keys() == {SUPPORT, other}
    await _merge(fleet, {layout.FLEET: good.replace(b"1.0.0", b"1.1.0")})
    await fleet.committer.once()

    assert (await fleet.objects.branches("refs/heads/deploy/")).keys() == branches
    content = await fleet.read(layout.release_path(other), BRANCH)
    assert content is not None
    assert read_release(content, other).chart == "bot-1-1-0"
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_a_bot_that_trips_the_renderer_is_held_alone(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = BotId("alice", "other")
    write = release.render

    def trip(bot: BotId, *rest: Any) -> bytes:
        if bot == SUPPORT:
            raise RecursionError
        return write(bot, *rest)

    monkeypatch.setattr(release, "render", trip)
    files = {
        layout.bot_path(bot): f"version: 1\nname: {bot.name}\ninstructions: Hi.\n".encode()
        for bot in (SUPPORT, other)
    }
    commit = await _merge(fleet, dict(files))
    await fleet.committer.once()
    assert isinstance(fleet.operations.results[f"alice.support@{commit}"], Refused)
    assert "log" in fleet.operations.rows[SUPPORT].held[0].detail
    assert fleet.operations.people[other, commit].prepared is not None
    await fleet.restart()
    fleet.operations.tip = None
    await fleet.committer.recover()
    assert fleet.operations.rows[SUPPORT].held


async def test_rendering_again_finds_what_somebody_altered(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    tip = await fleet.objects.resolve(BRANCH)
    assert tip is not None
    now = datetime.now(UTC)
    path = layout.release_path(SUPPORT)
    content = await fleet.read(path, BRANCH)
    assert content is not None
    files = {path: content.replace(b"deployer", b"cluster-admin"), "alice/extra.yaml": b"x"}
    async with Batch(fleet.repository, now) as batch:
        [commit] = await batch.add([NewCommit(BRANCH, tip, BOB, now, "Alter\n", files)])
    await move(fleet.repository, [Move(BRANCH, tip, commit)])
    assert await render.differences(fleet.objects, layout.MAIN) == [
        f"{BRANCH}:alice/extra.yaml",
        f"{BRANCH}:{path}",
    ]


async def test_a_tenant_goes_in_a_later_commit_than_its_last_bot(fleet: Fleet) -> None:
    carol = BotId("carol", "x")
    await fleet.commit("deploy", spec=specification())
    await fleet.commit("deploy", carol, spec=specification("x"))
    await fleet.commit("delete")
    assert await fleet.read("alice/tenant.yaml", BRANCH) is not None
    assert await sweep.sweep(fleet.objects) == []
    assert await sweep.sweep(fleet.objects, timedelta()) == ["alice"]
    assert await fleet.objects.entries(BRANCH) == []
    assert await sweep.sweep(fleet.objects, timedelta()) == []
    branch = layout.deploy_branch("local", layout.shard("carol", 64))
    assert await fleet.read("carol/tenant.yaml", branch) is not None
    await fleet.commit("deploy", spec=specification())
    assert await fleet.read("alice/tenant.yaml", BRANCH) is not None
    assert await render.differences(fleet.objects, layout.MAIN) == []
