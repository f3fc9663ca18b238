"""What is there once all is quiet: in Git, in the databases, in the engine, in the hive."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent_runtime.home import Home
from gitops import bot_file, layout, render
from gitops.objects import Objects

Key = tuple[str, str]  # a bot and the key of one of its messages


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit on `main`."""

    oid: str
    parents: int
    operation: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the control API's."""

    id: str
    kind: str
    state: str
    settled: bool
    commit: str | None
    error: str | None


@dataclass(slots=True)
class Facts:
    """Bots are by id; what they map to is a blob's id, but for `descriptions`.

    `applied` and `running` are None where no machine runs what Git holds.
    """

    commits: list[Commit] = field(default_factory=list)
    on_main: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    indexed: dict[str, str] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)
    applied: dict[str, str] | None = None
    running: dict[str, str] | None = None
    operations: dict[str, Operation] = field(default_factory=dict)
    uncertain: Counter[Key] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    usage: Counter[Key] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    fsck: str = ""


async def of_repository(path: Path, facts: Facts) -> None:
    """Fills in what Git holds."""
    objects = Objects(path)
    try:
        facts.commits = _commits(path)
        specifications = _blobs(path, layout.MAIN, re.compile(r"users/../([^/]+)/([^/]+)/bot\.yaml"))
        facts.on_main = specifications
        facts.descriptions = {
            bot: str(bot_file.read(await objects.blob(oid)).get("description", ""))
            for bot, oid in specifications.items()
        }
        released: dict[str, str] = {}
        for branch in await objects.branches(layout.DEPLOY_PREFIX):
            released |= _blobs(path, branch, re.compile(r"([^/]+)/([^/]+)/release\.yaml"))
        facts.released = released
        facts.differences = await render.differences(objects, layout.MAIN)
        facts.fsck = _git(path, "fsck", "--strict", "--no-dangling", "--no-progress", check=False).strip()
    finally:
        await objects.aclose()


def of_control(database: Path, facts: Facts) -> None:
    """Fills in what the control API has stored."""
    facts.indexed = dict(rows(database, "SELECT id, version FROM bot WHERE NOT gone AND version NOT NULL"))
    facts.operations = {
        row[0]: Operation(*row)
        for row in rows(database, 'SELECT id, kind, state, settled, "commit", error FROM operation')
    }
    found = rows(database, "SELECT bot, data FROM event WHERE event = 'uncertain'")
    events = [(bot, json.loads(data)) for bot, data in found]
    facts.uncertain = Counter((bot, str(data["key"])) for bot, data in events)
    facts.reports = Counter(str(data["report"]) for _, data in events)
    usage = (str(report).split("/usage/") for (report,) in rows(database, "SELECT report FROM usage_entry"))
    facts.usage = Counter((parts[0], parts[1]) for parts in usage if len(parts) == 2)


def of_machine(home: Home, facts: Facts) -> None:
    """Fills in what the engine has applied and the hive runs."""
    facts.applied = dict(rows(home.engine_state / "engine.db", "SELECT bot, revision FROM bots"))
    facts.running = dict(rows(home.mail_database, "SELECT id, revision FROM bot"))


def unfinished(home: Home) -> str | None:
    """What is still to be done on a machine; None when all is quiet."""
    waiting = rows(home.mail_database, "SELECT bot, key FROM mail WHERE closed_at IS NULL LIMIT 3")
    reports = rows(home.mail_database, "SELECT bot, id FROM report LIMIT 3")
    operations = rows(
        home.control_database,
        "SELECT id, kind, bot, state FROM operation WHERE state NOT IN ('succeeded', 'failed') LIMIT 3",
    )
    found = {"mail": waiting, "reports": reports, "operations": operations}
    return "; ".join(f"{name}: {left}" for name, left in found.items() if left) or None


def rows(database: Path, query: str, *values: str) -> list[Any]:
    """What a query finds in a database that others write."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def _commits(path: Path) -> list[Commit]:
    trailer = "%(trailers:key=Operation,valueonly,separator=%x2C)"
    lines = _git(path, "log", f"--format=%H;%P;{trailer}", layout.MAIN).splitlines()
    return [
        Commit(oid, len(parents.split()), operation.strip() or None)
        for oid, parents, operation in (line.split(";") for line in lines)
    ]


def _blobs(path: Path, ref: str, places: re.Pattern[str]) -> dict[str, str]:
    found = {}
    for line in _git(path, "ls-tree", "-r", ref).splitlines():
        entry, _, name = line.partition("\t")
        if match := places.fullmatch(name):
            found[f"{match[1]}.{match[2]}"] = entry.split()[2]
    return found


def _git(path: Path, *arguments: str, check: bool = True) -> str:
    command = ["git", "--git-dir", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=check)
    return done.stdout + done.stderr
