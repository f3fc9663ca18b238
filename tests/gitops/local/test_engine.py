"""What the engine does on each kind of change, and after a restart."""

from __future__ import annotations

import asyncio
import stat

from agent_runtime.spec import BotId, runtime_file
from gitops.local.engine import Engine
from gitops.release import render
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.local.engines import BOB, branch_of, push, revisions, started, told
from tests.gitops.local.remembering_hive import RememberingHive


async def test_a_deployed_bot_lies_ready_and_the_hive_hears_of_it(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    sealed = await fleet.seal({"TELEGRAM_TOKEN": "a-secret"})
    spec = specification(channels={"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}})
    prepared = await fleet.commit("deploy", spec=spec, sealed=sealed)
    await engine.once()

    assert hive.acts() == [("put", "alice.support", prepared.revision)]
    folder = fleet.home.revision("alice.support", prepared.revision or "")
    assert (folder / "bot.yaml").read_bytes() == runtime_file(spec)
    assert (folder / "secrets" / "TELEGRAM_TOKEN.sops.yaml").read_bytes() == sealed["TELEGRAM_TOKEN"]
    assert b"a-secret" not in sealed["TELEGRAM_TOKEN"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()} == {0o600}
    [event] = await told(engine)
    assert (event.name, event.data["commit"]) == ("applied", prepared.deploy_commit)


async def test_a_change_replaces_the_revision_and_a_deletion_ends_it(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    listening = engine.feed.listen()
    await anext(listening)

    changed = await fleet.commit("change", patch={"instructions": "You are brief."})
    await engine.once()
    assert revisions(fleet) == [changed.revision]
    event = await anext(listening)
    assert event.data == {
        "branch": branch_of(SUPPORT),
        "commit": changed.deploy_commit,
        "commits": [changed.deploy_commit],
        "bots": {"alice.support": changed.revision},
    }
    hive.acts()
    await fleet.commit("delete")
    await engine.once()
    assert hive.acts() == [("delete", "alice.support")]
    assert (await anext(listening)).data["bots"] == {"alice.support": None}
    await engine.once()
    assert hive.acts() == []


async def test_only_what_a_commit_touches_is_applied(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    for name in ("one", "two", "three"):
        await fleet.commit("deploy", BotId("alice", name), spec=specification(name))
    await fleet.commit("deploy", BOB, spec=specification("helper"))
    await engine.once()
    assert len(hive.acts()) == 4
    await fleet.commit("change", BotId("alice", "two"), patch={"instructions": "Other."})
    await engine.once()
    assert [act[:2] for act in hive.acts()] == [("put", "alice.two")]


async def test_all_commits_since_the_last_look_are_reported(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    listening = engine.feed.listen()
    await anext(listening)
    commits = [
        (await fleet.commit("change", patch={"instructions": text})).deploy_commit
        for text in ("One.", "Two.")
    ]
    await engine.once()
    assert (await anext(listening)).data["commits"] == commits
    assert len(hive.acts()) == 2, "the bot is put once for both"


async def test_a_restart_with_nothing_changed_does_nothing(fleet: Fleet, hive: RememberingHive) -> None:
    await fleet.commit("deploy", spec=specification())
    async with started(fleet, hive) as engine:
        await engine.once()
    hive.acts()
    async with started(fleet, hive) as engine:
        await engine.once()
        assert hive.acts() == []
        assert [event.name for event in await told(engine)] == ["applied"]


async def test_what_the_hive_lost_is_put_back_and_what_nobody_wants_is_removed(
    fleet: Fleet, hive: RememberingHive
) -> None:
    prepared = await fleet.commit("deploy", spec=specification())
    async with started(fleet, hive) as engine:
        await engine.once()
    hive.known = {"mallory.stray": "0" * 40}
    hive.acts()
    async with started(fleet, hive) as engine:
        await engine.once()
    assert hive.acts() == [("delete", "mallory.stray"), ("put", "alice.support", prepared.revision)]


async def test_lost_state_is_found_again_from_the_branches(fleet: Fleet, hive: RememberingHive) -> None:
    await fleet.commit("deploy", spec=specification())
    async with started(fleet, hive) as engine:
        await engine.once()
    for path in fleet.home.engine_state.iterdir():
        path.unlink()
    async with started(fleet, hive) as engine:
        await engine.once()
    assert "delete" not in [act[0] for act in hive.acts()]
    assert set(hive.known) == {"alice.support"}


async def test_without_branches_nothing_is_removed(fleet: Fleet, hive: RememberingHive) -> None:
    hive.known = {"alice.support": "0" * 40}
    async with started(fleet, hive) as engine:
        await engine.once()
    assert hive.acts() == []


async def test_a_nudge_is_followed_at_once(fleet: Fleet, hive: RememberingHive) -> None:
    async with started(fleet, hive, engine_poll_seconds=3600) as engine:
        running = asyncio.create_task(engine.run())
        listening = engine.feed.listen()
        await fleet.commit("deploy", spec=specification())
        for text in ("One.", "Two."):
            await fleet.commit("change", patch={"instructions": text})
            engine.nudge()
            assert (await asyncio.wait_for(anext(listening), 5)).name == "applied"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_rewritten_branch_is_walked_whole(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    fleet.git("update-ref", "-d", branch_of(SUPPORT))
    await engine.once()
    assert set(hive.known) == {"alice.support"}, "a branch that is gone takes no bot with it"
    fleet.git("reflog", "expire", "--expire=all", "--all")
    fleet.git("gc", "--quiet", "--prune=now")
    other = BotId("alice", "other")
    push(fleet, SUPPORT, {"alice/other/release.yaml": render(other, specification("other"), {}, "1.0.0")})
    await engine.once()
    assert set(hive.known) == {"alice.other"}
