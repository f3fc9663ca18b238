"""Removes what is left of owners without bots from the deploy branches, some time after their last bot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gitops import git, layout, render
from gitops.bot_folder import bots_of
from gitops.branches import Branches, Hosted
from gitops.objects import Objects
from gitops.tree import CommitTree
from gitops.write import BOTYARD, Batch, Move, NewCommit

# On a cluster Helm removes a bot with its tenant's own account, which therefore has to outlive it.
LINGER = timedelta(hours=1)


async def sweep(objects: Objects, linger: timedelta = LINGER, branches: Branches | None = None) -> list[str]:
    """Removes the tenants whose last bot went longer ago than `linger`; the owners they were of."""
    branches = branches or Hosted(objects.repository)
    tip = await objects.resolve(layout.RENDERED)
    tree = CommitTree(objects, tip)
    fleet = await render.fleet_of(tree)
    now = datetime.now(UTC)
    gone: list[str] = []
    for branch, parent in (await objects.branches(layout.DEPLOY_PREFIX)).items():
        if layout.is_platform(branch):
            continue
        owners = await _departed(objects, tree, parent, now - linger)
        owners = [owner for owner in owners if fleet.owner_branch(owner) == branch]
        if not owners:
            continue
        message = f"Remove {'tenant' if len(owners) == 1 else 'tenants'} {', '.join(owners)}\n"
        files = dict.fromkeys(map(layout.tenant_path, owners))
        async with Batch(objects.repository, now) as batch:
            [commit] = await batch.add([NewCommit(branch, parent, BOTYARD, now, message, files)])
        await branches.move([Move(branch, parent, commit)])
        gone += owners
    return gone


async def _departed(objects: Objects, tree: CommitTree, tip: str, before: datetime) -> list[str]:
    """The owners of whom a deploy branch has the tenant file and nothing else, since before a time."""
    found = []
    for folder in await objects.entries(tip):
        inside = await objects.entries(tip, folder.path)
        alone = [entry.path for entry in inside] == [layout.tenant_path(folder.path)]
        if alone and not await bots_of(tree, folder.path):
            touched = await git.run(
                objects.repository, "log", "-1", "--format=%ct", "--end-of-options", tip, "--", folder.path
            )
            if int(touched) <= before.timestamp():
                found.append(folder.path)
    return found
