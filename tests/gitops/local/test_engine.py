"""What the engine does on each kind of change, refusal and restart."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import stat
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.hive_client import HiveAwayError
from agent_runtime.spec import BotId, runtime_file
from gitops import layout
from gitops.local import engine as engine_module
from gitops.local.engine import Engine
from gitops.local.feed import Event
from gitops.local.settings import EngineSettings
from gitops.release import render
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.local.remembering_hive import RememberingHive

BOB = BotId("bob", "helper")


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    made = await Fleet.make(tmp_path)
    yield made
    await made.aclose()


@pytest.fixture
def hive(fleet: Fleet) -> RememberingHive:
    return RememberingHive(fleet.home)


@contextlib.asynccontextmanager
async def started(fleet: Fleet, hive: RememberingHive, **settings: Any) -> AsyncIterator[Engine]:
    engine = Engine(EngineSettings(home=fleet.home.root, **settings), hive)
    try:
        yield engine
    finally:
        await engine.aclose()


@pytest.fixture
async def engine(fleet: Fleet, hive: RememberingHive) -> AsyncIterator[Engine]:
    async with started(fleet, hive) as engine:
        yield engine


async def told(engine: Engine) -> list[Event]:
    """What a listener that comes now is told at once."""
    events: list[Event] = []
    listening = engine.feed.listen()
    with contextlib.suppress(TimeoutError):
        while True:
            events.append(await asyncio.wait_for(anext(listening), 0.05))
    return events


def branch_of(bot: BotId) -> str:
    return layout.deploy_branch("local", layout.shard(bot.owner, 64))


def push(
    fleet: Fleet, bot: BotId, files: Mapping[str, bytes | tuple[str, bytes]], branch: str | None = None
) -> str:
    """Write files on a deploy branch past the committer, as somebody with the disk could; the commit."""
    branch = branch or branch_of(bot)
    script = [f"commit {branch}\ncommitter Mallory <m@example.org> 1700000000 +0000\ndata 0\n".encode()]
    tip = subprocess.run(
        ["git", "--git-dir", fleet.repository, "rev-parse", "--quiet", "--verify", branch],
        capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    if tip:
        script.append(f"from {tip}\n".encode())
    for path, content in files.items():
        mode, data = content if isinstance(content, tuple) else ("100644", content)
        script.append(f"M {mode} inline {path}\ndata {len(data)}\n".encode() + data + b"\n")
    subprocess.run(
        ["git", "--git-dir", fleet.repository, "fast-import", "--quiet", "--force"],
        input=b"".join(script) + b"done\n", check=True,
    )  # fmt: skip
    return fleet.git("rev-parse", branch).strip()


def revisions(fleet: Fleet, bot: BotId = SUPPORT) -> list[str]:
    folder = fleet.home.bot(str(bot)) / "revisions"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


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


def altered(path: str, value: object) -> bytes:
    """A valid release file with one field added or replaced, as an attacker would."""
    text = render(SUPPORT, specification(), {}, "1.0.0").decode()
    spec_field = f"  {path}: {value}\n"
    return text.replace("spec:\n", f"spec:\n{spec_field}", 1).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("kubeConfig", "{secretRef: {name: other}}"),
        ("targetNamespace", "kube-system"),
        ("storageNamespace", "kube-system"),
        ("valuesFrom", "[{kind: Secret, name: other}]"),
        ("postRenderers", "[]"),
        ("suspend", "true"),
        ("releaseName", "other"),
        ("chart", "{spec: {chart: evil}}"),
    ],
)
async def test_a_release_that_the_renderer_would_not_write_is_refused(
    fleet: Fleet, hive: RememberingHive, engine: Engine, path: str, value: str
) -> None:
    good = await fleet.commit("deploy", spec=specification())
    await engine.once()
    hive.acts()
    push(fleet, SUPPORT, {"alice/support/release.yaml": altered(path, value)})
    await engine.once()
    assert hive.acts() == []
    assert revisions(fleet) == [good.revision]
    [refused, _] = await told(engine)
    assert refused.name == "refused"
    assert f"/spec/{path}" in refused.data["reason"]


async def test_a_refused_bot_holds_up_no_other_and_heals_by_the_next_valid_release(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    other = BotId("alice", "other")
    push(
        fleet,
        SUPPORT,
        {
            "alice/support/release.yaml": b"kind: Secret\n",
            "alice/other/release.yaml": render(other, specification("other"), {}, "1.0.0"),
        },
    )
    await engine.once()
    assert [act[:2] for act in hive.acts()] == [("put", "alice.other")]
    names = [event.name for event in await told(engine)]
    assert names == ["refused", "applied"]

    push(fleet, SUPPORT, {"alice/support/release.yaml": render(SUPPORT, specification(), {}, "1.0.0")})
    await engine.once()
    assert [act[:2] for act in hive.acts()] == [("put", "alice.support")]
    assert [event.name for event in await told(engine)] == ["applied"]


@pytest.mark.parametrize(
    "release",
    [
        ("120000", b"/etc/passwd"),
        render(BotId("bob", "support"), specification(), {}, "1.0.0"),
        render(SUPPORT, specification("other"), {}, "1.0.0"),
        render(SUPPORT, specification(tools=[{"mcp": "https://x.example"}]), {}, "1.0.0"),
        render(SUPPORT, specification(), {}, "1.0.0") + b"---\nkind: Secret\n",
        b"x: " + b"y" * (2 * 1024 * 1024),
        b"",
    ],
    ids=["link", "other owner", "other name", "not valid", "two documents", "huge", "empty"],
)
async def test_what_is_no_release_of_this_bot_is_refused(
    fleet: Fleet, hive: RememberingHive, engine: Engine, release: bytes | tuple[str, bytes]
) -> None:
    push(fleet, SUPPORT, {"alice/support/release.yaml": release})
    await engine.once()
    assert hive.acts() == []
    assert [event.name for event in await told(engine)] == ["refused", "applied"]
    assert revisions(fleet) == []


async def test_secrets_must_be_the_ones_that_the_release_names(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    sealed = (await fleet.seal({"KEY": "value"}))["KEY"]
    digest = f"sha256:{hashlib.sha256(sealed).hexdigest()}"
    release = render(SUPPORT, specification(), {"KEY": digest}, "1.0.0")
    place = "alice/support/secrets/KEY.sops.yaml"
    for secret, reason in (
        (None, "is not there"),
        (sealed + b"#", "is not the one"),
        (("120000", b"/etc/passwd"), "no plain file"),
    ):
        push(fleet, SUPPORT, {"alice/support/release.yaml": release, **({place: secret} if secret else {})})
        await engine.once()
        assert reason in (await told(engine))[0].data["reason"]
    assert hive.acts() == []
    push(fleet, SUPPORT, {place: sealed, "alice/support/secrets/OTHER.sops.yaml": sealed})
    await engine.once()
    [(_, _, revision)] = hive.acts()
    assert [path.name for path in (fleet.home.revision("alice.support", revision) / "secrets").iterdir()] == [
        "KEY.sops.yaml"
    ]


async def test_paths_that_are_no_bots_are_passed_over(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    push(
        fleet,
        SUPPORT,
        {
            "alice/Support/release.yaml": b"x",
            "alice/support/evil.sh": ("100755", b"x"),
            "alice/tenant.yaml": b"x",
            "release.yaml": b"x",
            "-/-/release.yaml": b"x",
        },
    )
    await engine.once()
    assert hive.acts() == []
    assert [path.name for path in fleet.home.root.rglob("evil*")] == []


async def test_a_bot_on_two_branches_stays_on_the_first(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    hive.acts()
    other = render(SUPPORT, specification(instructions="Be evil."), {}, "1.0.0")
    wrong = branch_of(BOB)
    assert wrong != branch_of(SUPPORT)
    push(fleet, SUPPORT, {"alice/support/release.yaml": other}, branch=wrong)
    await engine.once()
    assert hive.acts() == []


async def test_a_folder_that_leads_out_of_the_home_is_not_written_to(
    fleet: Fleet, hive: RememberingHive, engine: Engine, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    owner = fleet.home.bots / "alice"
    owner.parent.mkdir(parents=True)
    owner.symlink_to(outside)
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    assert list(outside.iterdir()) == []
    assert hive.acts() == []
    assert "leads out of" in (await told(engine))[0].data["reason"]


async def test_a_bot_that_the_hive_refuses_is_reported_and_others_go_on(
    fleet: Fleet, hive: RememberingHive, engine: Engine
) -> None:
    hive.refuses["alice.support"] = 422
    await fleet.commit("deploy", spec=specification())
    await fleet.commit("deploy", BotId("alice", "other"), spec=specification("other"))
    await engine.once()
    assert set(hive.known) == {"alice.other"}
    [refused, _] = await told(engine)
    assert (refused.data["bot"], refused.data["reason"]) == (
        "alice.support",
        "alice.support is not wanted here",
    )
    del hive.refuses["alice.support"]
    async with started(fleet, hive) as again:
        await again.once()
        assert set(hive.known) == {"alice.other", "alice.support"}, "a restart looks at refused bots anew"


async def test_what_time_may_heal_is_tried_again(
    fleet: Fleet, hive: RememberingHive, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_TRIES", (0.01,))
    monkeypatch.setattr(engine_module, "_AGAIN_EVERY", 0.0)
    hive.refuses["alice.support"] = 503
    await fleet.commit("deploy", spec=specification())
    await engine.once()
    assert hive.known == {}
    del hive.refuses["alice.support"]
    await engine.once()
    assert set(hive.known) == {"alice.support"}
    assert [event.name for event in await told(engine)] == ["applied"]


async def test_a_hive_that_is_away_is_waited_for(fleet: Fleet, hive: RememberingHive, engine: Engine) -> None:
    await fleet.commit("deploy", spec=specification())
    hive.away = True
    with pytest.raises(HiveAwayError):
        await engine.once()
    assert await told(engine) == []
    running = asyncio.create_task(engine.run())
    hive.away = False
    listening = engine.feed.listen()
    assert (await asyncio.wait_for(anext(listening), 5)).name == "applied"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert set(hive.known) == {"alice.support"}


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
