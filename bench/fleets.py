"""A fleet repository of many bots, made quickly: each file rendered once and written under every name."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent_runtime.spec import BotId
from gitops import bot_file, layout, render
from gitops.fleet_file import Fleet as FleetFile
from gitops.intent import Author
from gitops.tree import CommitTree, Overlay
from gitops.write import Batch, Move, NewCommit, move
from tests.gitops.fleet import Fleet, specification

BOTS_EACH = 10
_OWNER = "ownerxyz"  # stands for every owner, whose names are as long
_AUTHOR = Author("Ada", "ada@example.org")
_LETTERS = string.ascii_lowercase


def owners(many: int, seed: int) -> list[str]:
    """Random names, so that they spread over folders and shards as people's do."""
    chance = random.Random(seed)
    found: set[str] = set()
    while len(found) < many:
        found.add("".join(chance.choices(_LETTERS, k=len(_OWNER))))
    return sorted(found)


async def make_fleet(folder: Path, names: list[str]) -> Fleet:
    """The repository with ten bots of each owner, rendered, as the committer would have left it."""
    fleet = await Fleet.make(folder)
    start = await fleet.objects.resolve(layout.MAIN)
    assert start is not None
    on_main, releases = await _templates(fleet)
    now = datetime.now(UTC)
    moves = []
    async with Batch(fleet.repository, now) as batch:
        files = {path: content for name in names for path, content in _renamed(on_main, name)}
        main = await batch.add([NewCommit("main", start, _AUTHOR, now, "Start with many\n", files)])
        moves += [Move(ref, start, main[0]) for ref in (layout.MAIN, layout.RENDERED)]
        shards: dict[str, list[str]] = {}
        for name in names:
            shards.setdefault(FleetFile().branch(BotId(name, "b0")), []).append(name)
        for branch, theirs in shards.items():
            files = {path: content for name in theirs for path, content in _renamed(releases, name)}
            commit = NewCommit(branch, None, _AUTHOR, now, f"Start\n\nSource: {main[0]}\n", files)
            moves.append(Move(branch, None, (await batch.add([commit]))[0]))
    await move(fleet.repository, moves)
    # Else the first round would read every bot again for an index that this measurement does not use.
    fleet.operations.tip = main[0]
    return fleet


async def _templates(fleet: Fleet) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files of one owner, as the renderer writes them: on `main`, and on the deploy branch."""
    bots = [BotId(_OWNER, f"b{number}") for number in range(BOTS_EACH)]
    on_main = {layout.bot_path(bot): bot_file.write(specification(bot.name)) for bot in bots}
    before = CommitTree(fleet.objects, await fleet.objects.resolve(layout.MAIN))
    settings, tree = await render.fleet_of(before), Overlay(before, on_main)
    releases: dict[str, bytes] = {}
    for bot in bots:
        rendered = await render.render_bot(tree, settings, bot)
        assert not rendered.held, rendered.held
        releases |= rendered.files
    return on_main, releases


def _renamed(files: Mapping[str, bytes], owner: str) -> Iterator[tuple[str, bytes]]:
    for path, content in files.items():
        place = path.replace(f"/{_OWNER[:2]}/", f"/{owner[:2]}/").replace(_OWNER, owner)
        yield place, content.replace(_OWNER.encode(), owner.encode())
