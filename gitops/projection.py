"""Projection: renders what commits on `main` changed that are not rendered yet, whoever made them.

Pushed and merged commits become operations, one a bot they touch. A commit of our own that a crash left
between the move of `main` and the rest is taken up here again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import SpecError
from gitops import bot_file, git, layout, render, validate
from gitops.fleet_file import Fleet
from gitops.intent import Author, Kind
from gitops.objects import Change, Objects
from gitops.operations import Adopted, Prepared
from gitops.render import Rendered
from gitops.tree import CommitTree, Tree
from gitops.write import BOTYARD, NewCommit

_LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A commit on `main` that is not rendered yet, with what it makes of the bots it touches.

    `operation` is what the commit's trailer says, which anyone can write; empty without one.
    """

    commit: str
    author: Author
    at: datetime
    subject: str
    operation: str
    rendered: tuple[Rendered, ...]
    kinds: Mapping[BotId, Kind]
    tenants: Mapping[str, Mapping[str, bytes]]

    def branches(self) -> dict[str, dict[str, bytes | str | None]]:
        """What changes on each deploy branch. A held bot changes nothing."""
        files: dict[str, dict[str, bytes | str | None]] = {
            branch: {**tenants} for branch, tenants in self.tenants.items()
        }
        for each in self.rendered:
            if not each.held:
                files.setdefault(each.branch, {}).update(each.replacement())
        return files

    def deploy_commit(self, branch: str, parent: str | None) -> NewCommit:
        """The commit on a deploy branch that this one becomes."""
        message = f"{self.subject}\n\nSource: {self.commit}\n"
        return NewCommit(branch, parent, BOTYARD, self.at, message, self.branches()[branch])


@dataclass(slots=True)
class Projected:
    """The ids of the deploy commits by (source commit, branch), once they are written."""

    commits: dict[tuple[str, str], str] = field(default_factory=dict)

    def prepared(self, source: Source, rendered: Rendered) -> Prepared | None:
        deploy_commit = self.commits.get((source.commit, rendered.branch))
        if deploy_commit is None or rendered.held:
            return None
        return Prepared(source.commit, deploy_commit, rendered.branch, rendered.version, rendered.revision)

    def all_prepared(self, source: Source) -> dict[str, Prepared]:
        """What each bot that the commit touches has come to, by id."""
        touched = (each for each in source.rendered if each.bot in source.kinds)
        found = {str(each.bot): self.prepared(source, each) for each in touched}
        return {bot: prepared for bot, prepared in found.items() if prepared is not None}

    def adopted(self, source: Source, rendered: Rendered) -> Adopted:
        kind = source.kinds.get(rendered.bot, "change")
        prepared = self.prepared(source, rendered)
        return Adopted(rendered.bot, kind, source.commit, source.author, source.at, prepared, rendered.held)


async def sources(objects: Objects, rendered: str | None, tip: str, limit: int) -> list[Source]:
    """The next commits to render, oldest first."""
    commits = (await objects.steps(rendered, tip))[:limit]
    found = []
    previous = rendered
    for commit in commits:
        found.append(await _source(objects, previous, commit))
        previous = commit
    return found


async def _source(objects: Objects, previous: str | None, commit: str) -> Source:
    author, at, operation, subject = await _about(objects, commit)
    before, after = CommitTree(objects, previous), CommitTree(objects, commit)
    fleet = await render.fleet_of(after)
    changes = await objects.changes(previous, commit)
    touched = await validate.affected_bots(before, after, changes)
    kinds = {bot: await _kind(before, after, bot) for bot in touched}
    bots = await _with_all(objects, previous, commit, fleet, touched)
    rendered = [await render.render_or_hold(after, fleet, bot) for bot in bots]
    tenants = await _tenants(after, fleet, changes)
    return Source(commit, author, at, subject, operation, tuple(rendered), kinds, tenants)


async def _tenants(tree: Tree, fleet: Fleet, changes: Sequence[Change]) -> dict[str, dict[str, bytes]]:
    """The tenant files of owners whose settings are others now, by branch."""
    places = (layout.place(change.path) for change in changes)
    owners = sorted(place.owner for place in places if isinstance(place, layout.OwnerFile))
    files: dict[str, dict[str, bytes]] = {}
    for owner in owners:
        for branch, tenants in (await render.render_tenant(tree, fleet, owner)).items():
            files.setdefault(branch, {}).update(tenants)
    return files


async def _with_all(
    objects: Objects, previous: str | None, commit: str, fleet: Fleet, touched: Sequence[BotId]
) -> Sequence[BotId]:
    """The touched bots; all of them where the commit changes a setting that is in every release file."""
    if previous is not None and await render.fleet_of(CommitTree(objects, previous)) == fleet:
        return touched
    return sorted({*touched, *await render.all_bots(objects, commit)})


async def _about(objects: Objects, commit: str) -> tuple[Author, datetime, str, str]:
    form = "--format=%an%x00%ae%x00%at%x00%(trailers:key=Operation,valueonly,separator=%x2C)%x00%s"
    out = await git.run(objects.repository, "show", "--no-patch", form, "--end-of-options", commit)
    name, email, at, operation, subject = out.decode("utf-8", "replace").rstrip("\n").split("\0", 4)
    author = Author(name[:_LONGEST_TEXT], email[:_LONGEST_TEXT])
    return author, git.moment(at), operation, subject[:_LONGEST_TEXT]


async def _kind(before: Tree, after: Tree, bot: BotId) -> Kind:
    """What a person's commit does to a bot, in the words of operations."""
    old = await _data(before, bot)
    new = await _data(after, bot)
    if old is None or new is None:
        return "deploy" if old is None else "delete"
    different = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    if different == {"paused"}:
        return "pause" if new.get("paused") else "resume"
    return "restart" if different == {"restart"} else "change"


async def _data(tree: Tree, bot: BotId) -> dict[str, Any] | None:
    content = await tree.read(layout.bot_path(bot))
    if content is None:
        return None
    try:
        return bot_file.read(content)
    except SpecError:
        return {}
