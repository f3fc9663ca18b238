"""The committer alone, on a real repository and a real database, killed at each of its places in turn.

`python -m tests.durability.rig FOLDER SEED…` forks a process for each step of a seed: it stores operations as
the API does, or pushes as people do, then works as the committer until it is killed or nothing is left. The
next step finds what the kill left. Even seeds host the repository themselves, odd ones mirror a remote. Which
steps a seed takes is certain; each seed's outcome is a line of JSON on standard output.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from agent_runtime import failpoints
from agent_runtime.failpoints import PLACES
from agent_runtime.home import Home
from agent_runtime.spec import BotId
from agent_runtime.supervisor import die_with_parent
from control_api.bots import index
from control_api.database import Database, migrate
from control_api.kit.bells import Bells
from control_api.operations import bulk, intents, journal, plan
from control_api.operations.ledger import StoredOperations
from control_api.settings import ControlSettings
from gitops import bot_file, layout
from gitops.committer import Committer
from gitops.intent import Author, Bulk, Intent, Kind
from gitops.keys import make_keys
from gitops.objects import Objects
from gitops.remote import Remote
from gitops.repository import initialise
from gitops.write import Batch, Move, NewCommit, move
from tests.durability import check
from tests.durability import facts as reading
from tests.durability.history import History, Write
from tests.durability.orders import Orders

OWNERS = ("ann", "ben", "eve")
PERSON = Author("Ann", "ann@example.org")
OURS = tuple(place for place in PLACES if place.startswith(("committer.", "projection.")))
PUSHED = "remote.pushed"


@dataclass(slots=True)
class Step:
    """What one process does: requests to store, pushes by people (bot and description), where it dies."""

    requests: list[Intent | Bulk] = field(default_factory=list)
    pushes: list[tuple[str, str]] = field(default_factory=list)
    order: str | None = None
    what: str = "kill"


class Rig:
    """One seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.home = Home.at(folder / f"seed-{seed}")
        self.orders = Orders(self.home.root / "orders")
        self._remote = self.home.root / "remote.git" if seed % 2 else None
        self.url = f"file://{self._remote}" if self._remote else ""
        self.history = History(seed)
        self.missed: list[str] = []
        self.recoveries: list[float] = []
        self._chance = random.Random(seed)
        self._bots: list[str] = []
        self._count = 0

    def run(self) -> None:
        """Plays the seed to its end."""
        if self._remote:
            git = ["git", "init", "--bare", "--quiet", "--initial-branch=main", str(self._remote)]
            subprocess.run(git, check=True)
        assert _forked(self._prepare) == 0
        self._take(Step(requests=[self._request() for _ in range(3)]))
        places = [*OURS, *([PUSHED, PUSHED] if self.url else [])]
        self._chance.shuffle(places)
        for place in places:
            self._take(self._step(place))
        for place in self._chance.sample(OURS, 2):
            self._take(replace(self._step(place), what="full"))
        # Nobody dies any more; the first finishes what the last kill left, the second finds nothing to do.
        self._take(Step())
        self._take(Step())
        self.history.hits = self.orders.collect()

    def apart(self) -> str:
        """Where mirror and remote differ; nothing where they agree or there is no remote."""
        there = _tips(self._remote) ^ _tips(self.home.fleet) if self._remote else set()
        return ", ".join(sorted(there))

    def _take(self, step: Step) -> None:
        began = time.monotonic()
        status = _forked(lambda: self._work(step))
        died = os.WIFSIGNALED(status)
        if step.order is not None:
            self.missed += self.orders.withdraw()
        if not died and status != 0:
            self.history.faults.append(f"the committer ended with {os.waitstatus_to_exitcode(status)}")
        if step.order is None:
            self.recoveries.append(time.monotonic() - began)

    # What is asked for

    def _step(self, place: str) -> Step:
        step = Step(order=place)
        if place.startswith("projection."):
            step.pushes = [self._push() for _ in range(self._chance.randint(1, 2))]
        if not step.pushes or self._chance.random() < 0.5:
            step.requests = [self._request() for _ in range(self._chance.randint(1, 4))]
        if place == PUSHED and self._chance.random() < 0.3:
            step.pushes = [self._push()]
        return step

    def _request(self) -> Intent | Bulk:
        """A change that can be made: bots that are there are changed or deleted, others made."""
        operation = f"op_{self.history.seed}x{self._next()}"
        at = datetime.now(UTC)
        kinds: tuple[Kind, ...] = ("deploy", "change", "change", "delete")
        kind = self._chance.choice(kinds)
        if self._chance.random() < 0.2 or len(self._bots) < 2:
            parts = [self._intent(operation, "deploy", at) for _ in range(2)]
            if len(self._bots) > 4:
                parts.append(self._intent(operation, "change", at, self._bots[0]))
            self._noted(operation, "bulk", parts)
            return Bulk(operation, PERSON, at, tuple(parts))
        bot = None if kind == "deploy" else self._chance.choice(self._bots)
        intent = self._intent(operation, kind, at, bot)
        self._noted(operation, kind, [intent])
        return intent

    def _intent(self, operation: str, kind: Kind, at: datetime, bot: str | None = None) -> Intent:
        number = self._next()
        bot = bot or f"{self._chance.choice(OWNERS)}.b{self.history.seed}x{number}"
        description = f"{bot}, {number}"
        self.history.wanted[bot] = None if kind == "delete" else description
        named = BotId.parse(bot)
        if kind == "delete":
            self._bots.remove(bot)
            return Intent(operation, kind, named, PERSON, at)
        if kind == "change":
            return Intent(operation, kind, named, PERSON, at, patch={"description": description})
        self._bots.append(bot)
        return Intent(operation, kind, named, PERSON, at, spec=_spec(bot, description))

    def _push(self) -> tuple[str, str]:
        """A commit of a person's: a bot of their own, changed by hand each time."""
        bot = f"{OWNERS[0]}.hand{self.history.seed}"
        description = self.history.wanted[bot] = f"{bot}, {self._next()}"
        return bot, description

    def _noted(self, operation: str, what: str, parts: list[Intent]) -> None:
        bots = tuple(str(each.bot) for each in parts)
        write = Write(time.time(), f"{what} {' '.join(bots)}", bots, 1, operation)
        self.history.writes.append(write)

    def _next(self) -> int:
        self._count += 1
        return self._count

    # What a process does

    async def _prepare(self) -> None:
        settings = ControlSettings(home=self.home.root)
        await initialise(self.home.fleet, make_keys(self.home), remote=self.url)
        template = self.home.root.parent / "control.db"
        if not template.exists():
            await migrate(settings)
            self.home.control_database.rename(template)
        shutil.copy(template, self.home.control_database)

    async def _work(self, step: Step) -> None:
        database = Database(ControlSettings(home=self.home.root).database)
        for request in step.requests:
            await _store(database, request)
        if step.pushes:
            await _push(self._remote or self.home.fleet, step.pushes)
        if step.order is not None:
            self.orders.give(step.order, step.what)
        failpoints._folder = self.orders.folder
        remote = Remote(self.home.fleet, self.url, 0.0) if self.url else None
        committer = Committer(self.home.fleet, StoredOperations(database, Bells()), branches=remote)
        while await _worked(committer):
            pass
        await committer.aclose()
        await database.aclose()


async def _worked(committer: Committer) -> bool:
    """One round, as the control API has it run: a failure is one more reason to look again."""
    try:
        return await committer.once()
    except OSError:
        return True


async def _store(database: Database, request: Intent | Bulk) -> None:
    """As the API stores an operation."""
    many = isinstance(request, Bulk)
    parts = request.intents if isinstance(request, Bulk) else (request,)
    async with database.writing() as session:
        for each in parts:
            if each.kind == "deploy":
                assert await index.promise(session, str(each.bot), each.spec or {})
        row = await journal.begin(
            session,
            kind=plan.BULK if many else parts[0].kind,
            bot="" if many else str(parts[0].bot),
            owner=PERSON.name.lower(),
            actor=PERSON.name,
            operation_id=request.operation,
            intent=intents.write(request),
        )
        if many:
            bulk.begin(session, row.id, parts)


async def _push(repository: Path, pushes: list[tuple[str, str]]) -> None:
    """Commits on `main` as a person's push leaves them, each with one bot in it."""
    objects = Objects(repository)
    tip = await objects.resolve(layout.MAIN)
    now = datetime.now(UTC)
    commits = [
        NewCommit(
            "main",
            tip,
            PERSON,
            now,
            f"Say it otherwise: {description}\n",
            {layout.bot_path(BotId.parse(bot)): bot_file.write(_spec(bot, description))},
        )
        for bot, description in pushes
    ]
    async with Batch(repository, now) as batch:
        ids = await batch.add(commits)
    await move(repository, [Move(layout.MAIN, tip, ids[-1])])
    await objects.aclose()


def _spec(bot: str, description: str) -> dict[str, Any]:
    name = bot.partition(".")[2]
    return {"version": 1, "name": name, "description": description, "instructions": "You are kind."}


def _forked(work: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Runs it in a process of its own; how that ended, as `waitpid` has it."""
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    code = 1
    try:
        die_with_parent()
        asyncio.run(work())
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def play(folder: Path, seed: int) -> dict[str, Any]:
    """One seed's outcome."""
    began = time.monotonic()
    rig = Rig(folder, seed)
    rig.run()
    found = reading.Facts()
    asyncio.run(reading.of_repository(rig.home.fleet, found))
    reading.of_control(rig.home.control_database, found)
    broken = check.violations(rig.history, found)
    if apart := rig.apart():
        broken.append(check.Violation("wrong", f"the remote differs from the mirror: {apart}", "remote"))
    if not broken:
        shutil.rmtree(rig.home.root)
    return {
        "seed": seed,
        "said": 0,
        "writes": len(rig.history.writes),
        "hits": [(hit.place, hit.what) for hit in rig.history.hits],
        "missed": rig.missed,
        "uncertain": 0,
        "channels": {},
        "history": rig.history.around(""),
        "recoveries": rig.recoveries[:-1],
        "violations": [
            {"kind": each.kind, "what": each.what, "history": rig.history.around(each.word)}
            for each in broken
        ],
        "seconds": time.monotonic() - began,
    }


def _tips(repository: Path) -> set[str]:
    """Where a repository's branches are, but for the one that only a remote has."""
    command = ["git", "--git-dir", str(repository), "for-each-ref", "--format=%(objectname) %(refname)"]
    said = subprocess.run([*command, "refs/heads"], capture_output=True, text=True, check=True).stdout
    return {line for line in said.splitlines() if "botyard/" not in line}


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    for each in sys.argv[2:]:
        print(json.dumps(play(Path(sys.argv[1]), int(each))), flush=True)
