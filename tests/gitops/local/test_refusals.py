"""What the engine refuses, and what it tries again: no bot holds up another."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from agent_runtime.hive_client import HiveAwayError
from agent_runtime.spec import BotId
from gitops.local import engine as engine_module
from gitops.local.engine import Engine
from gitops.release import render
from tests.gitops.fleet import SUPPORT, Fleet, specification
from tests.gitops.local.engines import BOB, branch_of, push, revisions, started, told
from tests.gitops.local.remembering_hive import RememberingHive


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
