"""Puts deploy branches right that somebody else has written to: at a remote nobody keeps others from it.

A cluster applies a branch as a whole or not at all, so one file that it refuses would hold up all bots of a
shard until each bot that it is of is rendered again, and one of no bot for ever.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import structlog

from agent_runtime.spec.names import is_name
from gitops import layout, render
from gitops.branches import Branches
from gitops.objects import Objects
from gitops.tree import CommitTree, blob_id
from gitops.write import BOTYARD, Batch, Move, NewCommit

log = structlog.get_logger()

_MESSAGE = "Put back what Botyard renders\n"


async def put_right(objects: Objects, branches: Branches, suspects: Collection[str]) -> list[str]:
    """Makes these deploy branches what `main` says, as far as it is rendered; those that were not.

    Held bots keep what they have: of what was valid once there is nothing else to compare with.
    """
    tree = CommitTree(objects, await objects.resolve(layout.RENDERED))
    fleet = await render.fleet_of(tree)
    bots = await render.all_bots(objects, tree.commit or "")
    wrong = []
    for branch in sorted(suspects):
        tip = await objects.resolve(branch)
        if tip is None or layout.is_platform(branch):
            continue
        own = [bot for bot in bots if fleet.branch(bot) == branch]
        rendered = [await render.render_or_hold(tree, fleet, bot) for bot in own]
        if changes := await _changes(objects, tip, rendered):
            await _write(objects, branches, branch, tip, changes)
            log.warning("deploy_branch_put_right", branch=branch, found=tip, files=sorted(changes)[:20])
            wrong.append(branch)
    return wrong


async def _changes(
    objects: Objects, tip: str, rendered: Collection[render.Rendered]
) -> dict[str, bytes | str | None]:
    """What the branch lacks, has otherwise, or has too much."""
    wanted = {path: content for each in rendered for path, content in each.files.items()}
    kept = tuple(f"{layout.release_folder(each.bot)}/" for each in rendered if each.held)
    found = {entry.path: entry.oid async for entry in objects.files(tip)}
    changes: dict[str, bytes | str | None] = {
        path: content for path, content in wanted.items() if found.get(path) != blob_id(content)
    }
    # A tenant without bots goes some time after its last bot, and a held bot's stays beside it.
    gone = [
        path for path in found if path not in wanted and not path.startswith(kept) and not _is_tenant(path)
    ]
    return {**changes, **dict.fromkeys(gone)}


def _is_tenant(path: str) -> bool:
    owner = path.partition("/")[0]
    return is_name(owner) and path == layout.tenant_path(owner)


async def _write(
    objects: Objects, branches: Branches, branch: str, tip: str, changes: dict[str, bytes | str | None]
) -> None:
    now = datetime.now(UTC)
    async with Batch(objects.repository, now) as batch:
        [commit] = await batch.add([NewCommit(branch, tip, BOTYARD, now, _MESSAGE, changes)])
    await branches.move([Move(branch, tip, commit)])
