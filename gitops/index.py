"""The index of `main` in the database: rows of what a difference touched, or of everything."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gitops import render, validate
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


async def all_rows(objects: Objects, commit: str) -> AsyncIterator[IndexRow]:
    """The rows of every bot: the full walk, for a new or doubtful database."""
    tree = CommitTree(objects, commit)
    fleet = await render.fleet_of(tree)
    for bot in await render.all_bots(objects, commit):
        yield row(await render.render_or_hold(tree, fleet, bot), commit)
