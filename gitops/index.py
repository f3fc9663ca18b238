"""The index of `main` in the database: rows of what a difference touched, or of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from agent_runtime.spec.names import BotId
from gitops import layout, render, validate
from gitops.objects import Objects
from gitops.operations import IndexRow
from gitops.render import Rendered
from gitops.tree import CommitTree


def row(rendered: Rendered, commit: str) -> IndexRow:
    """The row of a bot as a commit on `main` has it."""
    return IndexRow(
        rendered.bot, rendered.version, rendered.data, commit, dict(rendered.digests), rendered.held
    )


async def changed_rows(objects: Objects, old: str, new: str) -> list[IndexRow]:
    """The rows of the bots that differ between two commits on `main`."""
    tree = CommitTree(objects, new)
    fleet = await render.fleet_of(tree)
    bots = await validate.affected_bots(CommitTree(objects, old), tree, await objects.changes(old, new))
    return [row(await render.render_or_hold(tree, fleet, bot), new) for bot in bots]


async def rows_of(objects: Objects, commit: str, bots: Iterable[BotId]) -> list[IndexRow]:
    """The rows of these bots as a commit on `main` has them."""
    tree = CommitTree(objects, commit)
    fleet = await render.fleet_of(tree)
    return [row(await render.render_or_hold(tree, fleet, bot), commit) for bot in bots]


async def versions(objects: Objects, commit: str) -> dict[str, str]:
    """The version of every bot on `main`, by id: quick to have, for nothing is rendered."""
    return {
        str(place.bot): entry.oid
        async for entry in objects.files(commit, layout.USERS)
        if isinstance(place := layout.place(entry.path), layout.BotFile)
    }


async def all_rows(objects: Objects, commit: str) -> AsyncIterator[IndexRow]:
    """The rows of every bot: the full walk, for a new or doubtful database."""
    tree = CommitTree(objects, commit)
    fleet = await render.fleet_of(tree)
    for bot in await render.all_bots(objects, commit):
        yield row(await render.render_or_hold(tree, fleet, bot), commit)
