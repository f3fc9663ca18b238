"""What a change would do, worked out in full and written nowhere (`dry_run`)."""

from __future__ import annotations

from gitops import layout, plan, render
from gitops.diff import Difference, compare
from gitops.errors import GitError
from gitops.intent import Intent
from gitops.objects import Objects
from gitops.operations import Unchanged
from gitops.tree import CommitTree


async def preview(objects: Objects, intent: Intent) -> Difference:
    """The difference that the intent would make on the present tip.

    FleetError, as the committer would refuse it.
    """
    tip = await objects.resolve(layout.MAIN)
    if tip is None:
        raise GitError("the fleet repository has no main branch; initialise it")
    tree = CommitTree(objects, tip)
    planned = await plan.plan_one(objects, tree, await render.fleet_of(tree), tip, intent)
    if isinstance(planned, Unchanged):
        return Difference((), "")
    return compare(planned.before, planned.changed.after)
