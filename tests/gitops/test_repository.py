"""Making the repository, reading it, writing it: what must hold whatever the caller does."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent_runtime.spec import BotId, SpecError
from gitops import layout, upkeep
from gitops.errors import GitError, LostRaceError
from gitops.fleet_file import Fleet as FleetSettings
from gitops.fleet_file import read_fleet
from gitops.intent import Author
from gitops.repository import initialise
from gitops.write import Batch, Move, NewCommit, move
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def test_a_new_repository_is_complete_and_made_once(fleet: Fleet) -> None:
    tip = await fleet.objects.resolve(layout.MAIN)
    names = [entry.path for entry in await fleet.objects.entries(layout.MAIN)]
    assert names == [".sops.yaml", "CODEOWNERS", "README.md", "fleet.yaml"]
    content = await fleet.read(layout.FLEET)
    assert content is not None
    assert read_fleet(content) == FleetSettings()
    assert fleet.git("symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert fleet.git("config", "core.fsync") == "all\n"

    (fleet.repository / "hooks" / "pre-receive").unlink()
    settings = fleet.git("config", "--list")
    fleet.git("config", "receive.denyNonFastForwards", "false")
    fleet.git("config", "--unset", "core.fsync")
    await initialise(fleet.repository, "age1other")
    assert sorted(fleet.git("config", "--list").splitlines()) == sorted(settings.splitlines())
    assert await fleet.objects.resolve(layout.MAIN) == tip
    assert os.access(fleet.repository / "hooks" / "pre-receive", os.X_OK)
    assert [path.name for path in fleet.repository.parent.iterdir() if "fleet" in path.name] == ["fleet.git"]


async def test_the_environment_of_the_caller_bends_nothing(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "marker"
    hook = fleet.repository / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    (tmp_path / ".gitconfig").write_text(f"[core]\n\thooksPath = {fleet.repository}/hooks\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(fleet.repository / "hooks"))
    await fleet.commit("deploy", spec=specification())
    assert not marker.exists()


async def test_moves_happen_together_or_not_at_all(fleet: Fleet) -> None:
    tip = await fleet.objects.resolve(layout.MAIN)
    async with Batch(fleet.repository, NOW) as batch:
        [commit] = await batch.add([NewCommit("main", tip, ALICE, NOW, "m\n", {"README.md": b"x"})])
    new = "refs/heads/deploy/local/00"
    before = await fleet.objects.branches("refs/")
    for wrong in (commit, None):
        with pytest.raises(LostRaceError):
            await move(fleet.repository, [Move(new, None, commit), Move(layout.MAIN, wrong, commit)])
        assert await fleet.objects.branches("refs/") == before
    assert await fleet.objects.resolve(new) is None
    await move(fleet.repository, [Move(new, None, commit), Move(layout.MAIN, tip, commit)])
    with pytest.raises(LostRaceError):
        await move(fleet.repository, [Move(new, None, commit)])


@pytest.mark.parametrize(
    "path", ["../x", "a/../b", "/a", "a//b", "a\nM 100644 inline b", "", ".", "a b", '"a"', "a/.."]
)
async def test_no_path_escapes_into_the_stream_of_commands(fleet: Fleet, path: str) -> None:
    tip = await fleet.objects.resolve(layout.MAIN)
    with pytest.raises(GitError):
        async with Batch(fleet.repository, NOW) as batch:
            await batch.add([NewCommit("main", tip, ALICE, NOW, "m\n", {path: b"x"})])


async def test_no_author_escapes_into_the_stream_of_commands(fleet: Fleet) -> None:
    tip = await fleet.objects.resolve(layout.MAIN)
    author = Author("Eve\n<a>\ncommitter X", "e@x\n>\nM 1")
    message = "data 3\nM 100644 inline evil\n\0x"
    async with Batch(fleet.repository, NOW) as batch:
        [commit] = await batch.add([NewCommit("main", tip, author, NOW, message, {"README.md": b"x"})])
    assert fleet.git("log", "-1", "--format=%an|%ae|%cn", commit) == "Eve a committer X|e@xM1|Botyard\n"
    assert await fleet.objects.entry(commit, "evil") is None


async def test_a_reader_that_is_cancelled_answers_the_next_question_rightly(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification(instructions="x" * 50_000))
    path = layout.bot_path(SUPPORT)
    expected = await fleet.read(path)
    for pause in range(20):
        reading = asyncio.create_task(fleet.read(path))
        for _ in range(pause):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert await fleet.read("README.md") != expected
        assert await fleet.read(path) == expected


async def test_names_with_line_breaks_reach_no_process(fleet: Fleet) -> None:
    with pytest.raises(GitError):
        await fleet.objects.read("HEAD:x\nHEAD", "README.md")
    assert await fleet.objects.resolve("--all") is None
    assert await fleet.objects.resolve("refs/heads/none") is None
    assert await fleet.objects.read("HEAD", "none") is None


async def test_changes_are_those_of_git(fleet: Fleet) -> None:
    first = await fleet.commit("deploy", spec=specification(), sealed=await fleet.seal({"A": "1", "B": "2"}))
    await fleet.commit("deploy", BotId("bob", "x"), spec=specification("x"))
    await fleet.commit("change", patch={"paused": True}, sealed={"A": None})
    found = await fleet.objects.changes(first.commit, layout.MAIN)
    raw = fleet.git("diff-tree", "-r", "--no-renames", "--no-abbrev", first.commit, layout.MAIN).splitlines()
    assert len(found) == len(raw) == 3
    for change, line in zip(found, raw, strict=True):
        old_mode, new_mode, old, new, rest = line.removeprefix(":").split(" ", 4)
        assert rest.split("\t")[1] == change.path
        assert (change.old_mode or "0" * 6, change.new_mode or "0" * 6) == (old_mode, new_mode)
        assert (change.old_oid or "0" * 40, change.new_oid or "0" * 40) == (old, new)
    everything = await fleet.objects.changes(None, layout.MAIN)
    assert {change.path for change in everything} == set(
        fleet.git("ls-tree", "-r", "--name-only", "main").split()
    )


async def test_upkeep_joins_packs_and_loses_nothing(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    for number in range(8):
        await fleet.commit("change", patch={"memory": {"turns": number}})
    before = fleet.git("rev-list", "--objects", "--all")
    packs = len(list((fleet.repository / "objects" / "pack").glob("*.pack")))
    await upkeep.tidy(fleet.repository)
    assert len(list((fleet.repository / "objects" / "pack").glob("*.pack"))) < packs
    assert list((fleet.repository / "objects" / "info" / "commit-graphs").glob("*.graph"))
    assert fleet.git("rev-list", "--objects", "--all") == before
    await fleet.commit("change", patch={"memory": {"turns": 99}})
    fleet.git("fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"shards: 64", b"shards: 0", "/shards"),
        (b"shards: 64", b"shards: true", "/shards"),
        (b"format: 1", b"format: 2", "/format"),
        (b'- "local"', b'- "../x"', "/clusters"),
        (b'- "local"', b'- "platform"', "/clusters"),
        (b"1.0.0", b"1.0", "/chart"),
        (b"format: 1", b"format: 1\nextra: 1", "/extra"),
    ],
)
def test_the_fleets_settings_are_read_strictly(old: bytes, new: bytes, place: str) -> None:

    content = FleetSettings().write()
    assert old in content
    with pytest.raises(SpecError) as refused:
        read_fleet(content.replace(old, new))
    assert [problem.pointer for problem in refused.value.problems] == [place]


def test_every_owner_has_one_shard() -> None:
    shards = {layout.shard(f"owner-{number}", 64) for number in range(2000)}
    assert shards == {f"{number:02x}" for number in range(64)}
    assert layout.shard("alice", 64) == layout.shard("alice", 64)
    assert layout.deploy_branch("local", "3f") == "refs/heads/deploy/local/3f"
    assert layout.bot_path(SUPPORT) == "users/al/alice/support/bot.yaml"
    assert layout.bot_path(BotId("a", "b")) == "users/a/a/b/bot.yaml"
