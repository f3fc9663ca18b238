"""From `main` to the deploy branches: which files a bot's specification becomes.

A function of the tree alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import structlog

from agent_runtime.spec.names import BotId
from agent_runtime.spec.owner import with_defaults
from agent_runtime.spec.problems import Problem, SpecError
from gitops import bot_file, layout, owner_file, release, tenant, validate
from gitops.bot_folder import bots_of, read_folder
from gitops.errors import GitError
from gitops.fleet_file import Fleet
from gitops.fleet_settings import settings_at
from gitops.objects import Objects
from gitops.tree import CommitTree, Tree, blob_id

log = structlog.get_logger()

_INTERNAL = "Botyard failed inside while it rendered this bot; its log has the cause"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one bot is on `main` and becomes on its deploy branch.

    `data` is the specification as its owner wrote it; the release file has the owner's defaults as well.
    `version` is None for a bot that is not on `main`: then nothing is rendered and its folder goes. With
    `held` the specification is not valid: nothing is rendered and what was rendered last stays.
    """

    bot: BotId
    branch: str
    version: str | None = None
    data: dict[str, Any] | None = None
    digests: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    held: tuple[Problem, ...] = ()

    @property
    def revision(self) -> str | None:
        """The blob id of the release file."""
        content = self.files.get(layout.release_path(self.bot))
        return blob_id(content) if content is not None else None

    def replacement(self) -> dict[str, bytes | str | None]:
        """The change of the deploy branch: the bot's folder anew, and its owner's surroundings."""
        if self.held:
            return {}
        gone: dict[str, bytes | str | None] = {layout.release_folder(self.bot): None}
        return {**gone, **self.files}


async def fleet_of(tree: CommitTree) -> Fleet:
    """The fleet's settings that hold at a commit on `main`."""
    if tree.commit is None:
        raise GitError("the fleet repository has no main branch; initialise it")
    return await settings_at(tree.objects, tree.commit)


async def render_or_hold(tree: CommitTree, fleet: Fleet, bot: BotId) -> Rendered:
    """As `render_bot`; a bot that trips over a fault of ours is held, and does not hold up all others."""
    try:
        return await render_bot(tree, fleet, bot)
    except (GitError, OSError):
        # Not the bot's fault: all wait until Git can be read again.
        raise
    except Exception:
        log.exception("render_failed", bot=str(bot), commit=tree.commit)
        path = layout.bot_path(bot)
        entry = await tree.entry(path)
        problem = Problem("", _INTERNAL, 1, path)
        return Rendered(bot, fleet.branch(bot), entry.oid if entry else None, held=(problem,))


async def render_bot(tree: Tree, fleet: Fleet, bot: BotId, *, checked: bool = False) -> Rendered:
    """The bot in this state of `main`, rendered if it is valid. `checked`: the validator has just said so."""
    branch = fleet.branch(bot)
    held = () if checked else tuple(await validate.bot_problems(bot, tree))
    folder = await read_folder(tree, bot)
    if folder is None:
        return Rendered(bot, branch, held=held)
    try:
        data = bot_file.read(folder.content)
    except SpecError:
        return Rendered(bot, branch, folder.version, digests=folder.digests, held=held)
    if held:
        return Rendered(bot, branch, folder.version, data, folder.digests, held=held)
    files = {layout.released_secret_path(bot, name): sealed for name, sealed in folder.secrets.items()}
    settings = await owner_file.settings_of(tree, bot.owner)
    files[layout.release_path(bot)] = release.render(
        bot, with_defaults(data, settings.defaults), folder.digests, fleet.chart
    )
    files[layout.tenant_path(bot.owner)] = tenant.render(bot.owner, settings.quota)
    return Rendered(bot, branch, folder.version, data, folder.digests, files)


async def render_tenant(tree: Tree, fleet: Fleet, owner: str) -> dict[str, dict[str, bytes]]:
    """The owner's tenant file, as {branch: {path: content}}; nothing for an owner without bots.

    For changes of an `owner.yaml` that touch no bot.
    """
    if not await bots_of(tree, owner):
        return {}
    try:
        quota = (await owner_file.settings_of(tree, owner)).quota
    except SpecError:
        return {}  # the owner's bots are held, and so is this
    return {fleet.owner_branch(owner): {layout.tenant_path(owner): tenant.render(owner, quota)}}


async def all_bots(objects: Objects, commit: str) -> list[BotId]:
    """Every bot on `main`, sorted: the full walk."""
    return sorted(
        [
            place.bot
            async for entry in objects.files(commit, layout.USERS)
            if isinstance(place := layout.place(entry.path), layout.BotFile)
        ]
    )


async def render_all(objects: Objects, commit: str) -> dict[str, dict[str, bytes]]:
    """All deploy branches as a commit on `main` makes them, from nothing. Held bots are left out."""
    tree = CommitTree(objects, commit)
    fleet = await fleet_of(tree)
    branches: dict[str, dict[str, bytes]] = {}
    for bot in await all_bots(objects, commit):
        rendered = await render_bot(tree, fleet, bot)
        if rendered.files:
            branches.setdefault(rendered.branch, {}).update(rendered.files)
    return branches


async def differences(objects: Objects, commit: str) -> list[str]:
    """Where the deploy branches are not what rendering all of `main` again gives: `<branch>:<path>`, sorted.

    A tenant file whose owner has no bot any more does not count: it goes in a later commit than the bots.
    """
    wanted = {
        f"{branch}:{path}": blob_id(content)
        for branch, files in (await render_all(objects, commit)).items()
        for path, content in files.items()
    }
    found = {}
    for branch, tip in (await objects.branches(layout.DEPLOY_PREFIX)).items():
        if layout.is_platform(branch):
            continue
        async for entry in objects.files(tip):
            found[f"{branch}:{entry.path}"] = entry.oid
    odd = {place for place in wanted.keys() | found.keys() if wanted.get(place) != found.get(place)}
    return sorted(place for place in odd if place in wanted or not place.endswith("/tenant.yaml"))
