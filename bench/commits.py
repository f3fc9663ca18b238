"""One change, from accepted to committed: of 100 bots, of 100,000, and by GitPython's index.

The large fleet has had 5,000 single commits before, with our own maintenance beside them. Changes to the two
are timed in turn, so that what disturbs one disturbs the other.
"""

from __future__ import annotations

import asyncio
import random
import time
from io import BytesIO
from pathlib import Path

import git
from git.index.typ import BaseIndexEntry
from gitdb.base import IStream

from agent_runtime.spec import BotId
from bench.figures import Measured
from bench.fleets import BOTS_EACH, make_fleet, owners
from bench.load import percentile
from bench.machine import workspace
from bench.progress import say
from bench.scale import Scale
from gitops import layout
from tests.gitops.fleet import Fleet

_SMALL_OWNERS = 10
_GITPYTHON_COMMITS = 5


def run(scale: Scale) -> dict[str, Measured]:
    with workspace() as folder:
        return asyncio.run(_measure(folder, scale))


async def _measure(folder: Path, scale: Scale) -> dict[str, Measured]:
    chance = random.Random(4)
    names = {"small": owners(_SMALL_OWNERS, 1), "large": owners(scale.large_owners, 2)}
    fleets = {name: await make_fleet(folder / name, theirs) for name, theirs in names.items()}
    say(f"made fleets of {', '.join(str(len(each) * BOTS_EACH) for each in names.values())} bots")
    try:
        for number in range(scale.single_commits):
            await _changed(fleets["large"], names["large"], chance)
            if number % 1000 == 999:
                say(f"{number + 1} single commits")
        waits: dict[str, list[float]] = {"small": [], "large": []}
        for _ in range(scale.measured_commits):
            for name, fleet in fleets.items():
                waits[name].append(await _changed(fleet, names[name], chance))
        small, large = (percentile(waits[name], 0.5) for name in ("small", "large"))
        say(f"p50 {small:.1f} ms of 100 bots, {large:.1f} ms of the large fleet")
        other = _gitpython(fleets["large"], names["large"], min(_GITPYTHON_COMMITS, scale.measured_commits))
    finally:
        for fleet in fleets.values():
            await fleet.aclose()
    p99 = percentile(waits["large"], 0.99)
    return {
        "commit_100k_over_100": Measured(
            large / small, large / small, {"small_ms": small, "large_ms": large}
        ),
        "commit_100k_ms": Measured(large, beside={"p99": p99}),
        "commit_over_gitpython_index": Measured(large / other, large / other, {"gitpython_ms": other}),
    }


async def _changed(fleet: Fleet, names: list[str], chance: random.Random) -> float:
    """A bot's description, changed by an operation of its own; milliseconds from accepted to committed."""
    bot = BotId(chance.choice(names), f"b{chance.randrange(BOTS_EACH)}")
    patch = {"description": f"Number {chance.random()}"}
    began = time.perf_counter()
    await fleet.commit("change", bot, patch=patch)
    return (time.perf_counter() - began) * 1e3


def _gitpython(fleet: Fleet, names: list[str], many: int) -> float:
    """The same change of one file on the same tree, with the index kept between commits; p50 in milliseconds.

    Generous to it: the specification is not checked, nothing is rendered, and no ref moves.
    """
    waits = []
    with git.Repo(fleet.repository) as repo:
        index = git.IndexFile.from_tree(repo, layout.MAIN)
        for number in range(many):
            path = layout.bot_path(BotId(names[number % len(names)], "b0"))
            content = repo.commit(layout.MAIN).tree[path].data_stream.read() + b"# changed\n"
            began = time.perf_counter()
            blob = repo.odb.store(IStream("blob", len(content), BytesIO(content)))
            index.add([BaseIndexEntry((0o100644, blob.binsha, 0, path))])
            index.commit("Change one bot", head=False, skip_hooks=True)
            waits.append((time.perf_counter() - began) * 1e3)
    return percentile(waits, 0.5)
