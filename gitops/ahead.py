"""What the committer will say of a change, as far as it is known before the change's secrets are sealed."""

from __future__ import annotations

from collections.abc import Mapping

from agent_runtime.spec.names import BotId
from gitops import layout, quota, validate
from gitops.bot_folder import read_folder
from gitops.change import Changed, apply
from gitops.errors import RefusedError
from gitops.intent import Intent
from gitops.plan import over_quota
from gitops.tree import Overlay, Tree


async def check(tree: Tree, intent: Intent, restored: bytes | None = None) -> Changed | None:
    """The change that the intent would make, None for none; FleetError where it would be refused.

    Sealed files are not looked into. `restored` is, for a rollback, the `bot.yaml` that it goes back to.
    """
    changed = apply(intent, await read_folder(tree, intent.bot), restored)
    told = await tree.entry(layout.owner_path(intent.bot.owner))
    if told is not None and changed is not None and changed.after is not None:
        # Filled in with its owner's defaults it may name secrets that nobody has given.
        problems = await validate.bot_problems(intent.bot, Overlay(tree, changed.files))
        if problems:
            raise RefusedError("The bot specification is not valid", problems)
    return changed


async def check_quota(tree: Tree, planned: Mapping[BotId, Changed]) -> None:
    """QuotaError where the changes, taken together, would make too much of something."""
    files = {path: content for each in planned.values() for path, content in each.files.items()}
    found = await quota.excess(tree, Overlay(tree, files), list(planned))
    if found:
        raise over_quota([problem for _, problem in found])
