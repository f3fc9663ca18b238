"""The branch `deploy/<cluster>/platform`: what a cluster's Flux applies before any bot.

`apply/` holds objects, `charts/` the chart `bot` of each version that there has been. It is a function of
`fleet.yaml` and of this version of Botyard; charts of earlier versions stay, for releases that name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog

from gitops import charts, layout, release, text
from gitops.branches import Branches
from gitops.fleet_file import Fleet
from gitops.flux import objects as flux
from gitops.flux.account import account
from gitops.flux.admission import policies
from gitops.objects import Objects
from gitops.tree import blob_id
from gitops.write import BOTYARD, Batch, Move, NewCommit

log = structlog.get_logger()

_MESSAGE = "Write what Flux applies first\n"
_FIRST_OF_SHARD = "Begin a shard\n"


def is_kubernetes(cluster: str) -> bool:
    """Whether Flux applies the cluster's branches; `local` is the engine of one machine."""
    return cluster != "local"


def render_platform(fleet: Fleet, cluster: str) -> dict[str, bytes]:
    """The branch's files."""
    version = charts.own_version()
    folder = f"charts/{release.chart_name(version)}"
    chart = {f"{folder}/{path}": content for path, content in _chart_files().items()}
    return {
        "apply/account.yaml": text.dump(*account()),
        "apply/admission.yaml": text.dump(*policies()),
        f"apply/{release.chart_name(version)}.yaml": text.dump(flux.chart(version)),
        **{f"apply/shard-{shard}.yaml": _shard(cluster, shard) for shard in _shards(fleet)},
        **chart,
    }


async def keep_platform(objects: Objects, branches: Branches, fleet: Fleet) -> None:
    """Brings each cluster's platform branch up to date, and begins the branches of its shards."""
    now = datetime.now(UTC)
    tips = await objects.branches(layout.DEPLOY_PREFIX)
    commits: list[NewCommit] = []
    for cluster in filter(is_kubernetes, fleet.clusters):
        branch = layout.deploy_branch(cluster, layout.PLATFORM)
        tip = tips.get(branch)
        if changes := await _changes(objects, tip, render_platform(fleet, cluster)):
            commits.append(NewCommit(branch, tip, BOTYARD, now, _MESSAGE, changes))
        # A source without its branch would fail, and ask again minutes after the first bot is there.
        begun = [layout.deploy_branch(cluster, shard) for shard in _shards(fleet)]
        missing = [branch for branch in begun if branch not in tips]
        commits += [NewCommit(branch, None, BOTYARD, now, _FIRST_OF_SHARD) for branch in missing]
    if commits:
        async with Batch(objects.repository, now) as batch:
            written = await batch.add(commits)
        moves = [Move(each.line, each.parent, commit) for each, commit in zip(commits, written, strict=True)]
        await branches.move(moves)
        log.info("platform_written", branches=len(moves))


async def _changes(
    objects: Objects, tip: str | None, wanted: Mapping[str, bytes]
) -> dict[str, bytes | str | None]:
    """What the branch lacks or has too much."""
    found = {entry.path: entry.oid async for entry in objects.files(tip)} if tip else {}
    changes: dict[str, bytes | str | None] = {
        path: content for path, content in wanted.items() if found.get(path) != blob_id(content)
    }
    gone = [path for path in found if path not in wanted and not _is_chart(path)]
    return {**changes, **dict.fromkeys(gone)}


def _is_chart(path: str) -> bool:
    return path.startswith(("charts/", "apply/bot-"))


def _shards(fleet: Fleet) -> list[str]:
    return [f"{number:02x}" for number in range(fleet.shards)]


def _shard(cluster: str, shard: str) -> bytes:
    branch = layout.deploy_branch(cluster, shard).removeprefix("refs/heads/")
    return text.dump(*flux.shard(branch, f"shard-{shard}"))


def _chart_files() -> dict[str, bytes]:
    files = sorted(path for path in charts.CHART.rglob("*") if path.is_file())
    return {path.relative_to(charts.CHART).as_posix(): path.read_bytes() for path in files}
