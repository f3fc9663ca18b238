"""The pre-receive hook: Git starts `python -m gitops.pre_receive` with lines `<old> <new> <ref>`.

Nothing of a push counts before this has let it pass; Git keeps the pushed objects in quarantine until then.
Each problem is printed as `file:line: reason`, which the pusher sees. Whose push it is is noted here and not
in a hook of its own, which would cost every push the start of another Python.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from agent_runtime.spec.problems import Problem
from gitops import charts, git, layout, pushes, validate
from gitops.errors import FleetError
from gitops.fleet_file import read_fleet
from gitops.fleet_settings import settings_at
from gitops.objects import Change, Objects
from gitops.tree import CommitTree

MOST_COMMITS = 10_000
_QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")


def main() -> int:
    """0 lets the push pass, 1 refuses the whole of it."""
    updates = [line.split(" ", 2) for line in sys.stdin.read().split("\n") if line]
    environment = {name: os.environ[name] for name in _QUARANTINE if name in os.environ}
    repository = Path(os.environ.get("GIT_DIR", ".")).absolute()
    try:
        refusals = asyncio.run(_refusals(repository, environment, updates))
    except FleetError as error:
        refusals = [f"Botyard can't check this push: {error.title}"]
    refusals = refusals or _note(repository, updates)
    for refusal in refusals:
        sys.stderr.write(f"botyard: {refusal}\n")
    return 1 if refusals else 0


async def _refusals(repository: Path, environment: dict[str, str], updates: list[list[str]]) -> list[str]:
    objects = Objects(repository, environment)
    try:
        found: list[str] = []
        for old, new, ref in updates:
            found += [*_ref_faults(old, new, ref)] or await _push_faults(objects, old, new)
        return found
    finally:
        await objects.aclose()


def _note(repository: Path, updates: list[list[str]]) -> list[str]:
    """Notes who moves `main`; what nobody could account for later is not taken."""
    user = os.environ.get("REMOTE_USER")
    try:
        for old, new, ref in updates:
            if ref == layout.MAIN and user is not None:
                pushes.note(repository, old, new, user)
    except OSError as error:
        return [f"this push can't be noted: {error.strerror}"]
    return []


def _ref_faults(old: str, new: str, ref: str) -> Iterable[str]:
    name = ascii(ref)[1:-1]
    if ref.startswith(layout.DEPLOY_PREFIX):
        yield f"{name}:1: deploy branches are written by Botyard alone; change main instead"
    elif ref != layout.MAIN:
        yield f"{name}:1: only main can be pushed; other branches and tags are not available yet"
    elif new == git.ZERO:
        yield f"{name}:1: main must not be removed"
    elif old == git.ZERO:
        yield f"{name}:1: main is missing here; restore it from a backup first"


async def _push_faults(objects: Objects, old: str, new: str) -> list[str]:
    """What is wrong with the commits from `old` to `new`.

    Structure in each of them, the fleet's settings at each step, the bots at the end.
    """
    if not await objects.contains(new, old):
        return [
            f"{layout.MAIN}:1: this would drop commits; fetch main, put your commits on top of it, push again"
        ]
    commits = await objects.parents(old, new)
    if len(commits) > MOST_COMMITS:
        return [f"{layout.MAIN}:1: more than {MOST_COMMITS} commits at once; push them in parts"]
    if not all(commits.values()):
        return [f"{layout.MAIN}:1: a commit without a parent belongs to another history; start from main"]
    problems = await _structure(objects, commits) or await _settings(objects, old, new)
    if not problems:
        before, after = CommitTree(objects, old), CommitTree(objects, new)
        step = validate.Step(before, after, await objects.changes(old, new), {})
        problems = await validate.problems(step, validate.Actor.PERSON) or await validate.quota_problems(step)
    return [_line(problem) for problem in problems]


async def _settings(objects: Objects, old: str, new: str) -> list[Problem]:
    """Every step is rendered: the settings of each must be valid and change nothing that is fixed."""
    names = [f"{commit}:{layout.FLEET}" for commit in [old, *await objects.steps(old, new)]]
    oids = [info.oid if info else None for info in await objects.info(names)]
    if len(set(oids)) == 1:
        return []
    known, offered = await settings_at(objects, old), await charts.offered(objects)
    for before, oid in itertools.pairwise(oids):
        if oid == before:
            continue
        content = await objects.blob(oid) if oid else None
        if problems := validate.fleet_problems(content, known, offered):
            return problems
        known = read_fleet(content or b"")
    return []


async def _structure(objects: Objects, commits: dict[str, list[str]]) -> list[Problem]:
    """A link or a secret that one commit adds and the next removes would still be in the repository."""
    problems: list[Problem] = []
    for commit, parents in commits.items():
        changes = await _made(objects, commit, parents)
        oids = [change.new_oid for change in changes if change.new_oid and change.new_mode == "100644"]
        infos = dict(zip(oids, await objects.info(oids), strict=True))
        sizes = {
            change.path: info.size
            for change in changes
            if change.new_oid and (info := infos.get(change.new_oid)) is not None
        }
        for problem in validate.structure_problems(changes, sizes, validate.Actor.PERSON):
            if problem not in problems:
                problems.append(problem)
    return problems[: validate.MOST_PROBLEMS]


async def _made(objects: Objects, commit: str, parents: list[str]) -> list[Change]:
    """What the commit itself changes: for a merge, what it has from none of its parents."""
    first = await objects.changes(parents[0] if parents else None, commit)
    for parent in parents[1:]:
        others = {change.path for change in await objects.changes(parent, commit)}
        first = [change for change in first if change.path in others]
    return first


def _line(problem: Problem) -> str:
    place = f"{problem.file}:{problem.line or 1}"
    return (
        f"{place}: {problem.pointer}: {problem.detail}" if problem.pointer else f"{place}: {problem.detail}"
    )


if __name__ == "__main__":
    sys.exit(main())
