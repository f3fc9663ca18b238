"""The branch that a cluster's Flux applies first: what is on it, and when it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml

from agent_runtime.home import Home
from gitops import layout
from gitops.fleet_file import Fleet as Settings
from gitops.flux import render_platform
from gitops.keys import make_keys
from gitops.operations import Committed
from gitops.render import differences
from gitops.repository import initialise
from gitops.write import Batch, Move, NewCommit, move
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification

SETTINGS = Settings(clusters=("eu",), shards=2)
SHARDS = {"refs/heads/deploy/eu/00", "refs/heads/deploy/eu/01"}
PLATFORM = "refs/heads/deploy/eu/platform"
SHARD = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shard-01, namespace: botyard}
spec:
  interval: 10m
  url: ${FLEET_URL}
  ref: {branch: deploy/eu/01}
  secretRef: {name: fleet-git}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shard-01, namespace: botyard}
spec:
  interval: 1h
  retryInterval: 30s
  timeout: 5m
  path: ./
  prune: true
  serviceAccountName: applier
  sourceRef: {kind: GitRepository, name: shard-01}
  decryption: {provider: sops, secretRef: {name: sops-age}}
"""
CHART = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: bot-1-0-0, namespace: botyard}
spec:
  interval: 1h
  chart: ./charts/bot-1-0-0
  reconcileStrategy: ChartVersion
  sourceRef: {kind: GitRepository, name: platform}
"""


async def on_a_cluster(folder: Path) -> Fleet:
    home = Home.at(folder / "home")
    recipient = make_keys(home)
    await initialise(home.fleet, recipient, SETTINGS)
    fleet = Fleet(home, recipient)
    await work(fleet)
    return fleet


async def work(fleet: Fleet) -> None:
    while await fleet.committer.once():
        pass


async def files(fleet: Fleet, ref: str = PLATFORM) -> dict[str, bytes]:
    return {entry.path: await fleet.read(entry.path, ref) or b"" async for entry in fleet.objects.files(ref)}


async def put(fleet: Fleet, content: Mapping[str, bytes]) -> None:
    """Commits to the platform branch as someone who does not ask the committer."""
    now, tip = datetime.now(UTC), await fleet.objects.resolve(PLATFORM)
    async with Batch(fleet.repository, now) as batch:
        [commit] = await batch.add([NewCommit("mine", tip, ALICE, now, "Mine\n", content)])
    await move(fleet.repository, [Move(PLATFORM, tip, commit)])


def test_what_flux_applies() -> None:
    rendered = render_platform(SETTINGS, "eu")
    applied = {path.removeprefix("apply/") for path in rendered if path.startswith("apply/")}
    shards = {"shard-00.yaml", "shard-01.yaml"}
    assert applied == {"account.yaml", "admission.yaml", "bot-1-0-0.yaml", *shards}
    assert list(yaml.safe_load_all(rendered["apply/shard-01.yaml"])) == list(yaml.safe_load_all(SHARD))
    assert yaml.safe_load(rendered["apply/bot-1-0-0.yaml"]) == yaml.safe_load(CHART)
    chart = Path(__file__).parents[3] / "charts" / "bot"
    there = {path.relative_to(chart).as_posix(): path.read_bytes() for path in chart.rglob("*.*")}
    found = {path: content for path, content in rendered.items() if path.startswith("charts/")}
    assert found == {f"charts/bot-1-0-0/{path}": content for path, content in there.items()}


async def test_a_cluster_has_its_branches_before_its_first_bot(tmp_path: Path) -> None:
    fleet = await on_a_cluster(tmp_path)
    assert await fleet.objects.branches("refs/heads/deploy/") == {
        branch: await fleet.objects.resolve(branch) for branch in {PLATFORM, *SHARDS}
    }
    assert await files(fleet) == render_platform(SETTINGS, "eu")
    for shard in SHARDS:
        assert await files(fleet, shard) == {}
    tip = await fleet.objects.resolve(PLATFORM)
    assert isinstance(await fleet.settle("deploy", SUPPORT, spec=specification()), Committed)
    await fleet.restart()
    await work(fleet)
    assert await fleet.objects.resolve(PLATFORM) == tip
    assert await differences(fleet.objects, layout.MAIN) == []
    await fleet.aclose()


async def test_the_branch_is_mended_and_earlier_charts_stay(tmp_path: Path) -> None:
    fleet = await on_a_cluster(tmp_path)
    wanted = await files(fleet)
    kept = {"apply/bot-0-9-0.yaml": b"kind: HelmChart\n", "charts/bot-0-9-0/Chart.yaml": b"name: bot\n"}
    await put(fleet, {**kept, "apply/mine.yaml": b"kind: Secret\n", "apply/shard-00.yaml": b"x\n"})
    await fleet.restart()
    await work(fleet)
    assert await files(fleet) == {**wanted, **kept}
    await fleet.aclose()


async def test_one_machine_has_no_such_branch(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    [branch] = await fleet.objects.branches("refs/heads/deploy/")
    assert branch.startswith("refs/heads/deploy/local/")
