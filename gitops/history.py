"""A bot's history: the commits on `main` that touched its folder, read by Git's own path-limited log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import Problem
from gitops import git, layout
from gitops.bot_folder import BotFolder, read_folder
from gitops.diff import Difference, FieldChange, compare
from gitops.errors import RefusedError
from gitops.intent import Author
from gitops.objects import Objects
from gitops.tree import CommitTree

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%(trailers:key=Operation,valueonly,separator=%x2C)%x00%s"
_FIELDS = _FORMAT.count("%x00") + 1


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One commit. `operation` is from its trailer: None for what a person pushed."""

    commit: str
    author: Author
    at: datetime
    operation: str | None
    message: str
    changes: tuple[FieldChange, ...]


async def history(
    objects: Objects, bot: BotId, limit: int, cursor: str | None = None
) -> tuple[list[HistoryEntry], str | None]:
    """The newest `limit` commits of a bot, or those before `cursor`.

    And the cursor of the next page, if any.
    """
    start = await _known(objects, cursor, "/cursor") if cursor else layout.MAIN
    wanted = limit + (2 if cursor else 1)
    out = await git.run(
        objects.repository,
        "log",
        "-z",
        f"--max-count={wanted}",
        f"--format={_FORMAT}",
        "--end-of-options",
        start,
        "--",
        layout.bot_folder(bot),
    )
    commits = [fields for fields in _split(out) if fields[0] != cursor]
    entries = [await _entry(objects, bot, fields) for fields in commits[:limit]]
    return entries, entries[-1].commit if len(commits) > limit else None


async def diff(objects: Objects, bot: BotId, old: str, new: str) -> Difference:
    """What differs in a bot between two commits on `main`; RefusedError for anything that is none."""
    before = await _folder(objects, await _known(objects, old, "/from"), bot)
    return compare(before, await _folder(objects, await _known(objects, new, "/to"), bot))


def _split(out: bytes) -> list[list[str]]:
    """The fields of each commit. Only NUL ends a field: texts of commits hold all else, line ends too."""
    fields = out.decode("utf-8", "replace").split("\0")
    return [fields[start : start + _FIELDS] for start in range(0, len(fields) - 1, _FIELDS)]


async def _entry(objects: Objects, bot: BotId, fields: list[str]) -> HistoryEntry:
    commit, parents, name, email, at, operation, subject = fields
    before = await _folder(objects, parents.split()[0], bot) if parents else None
    changes = compare(before, await _folder(objects, commit, bot)).changes
    author = Author(name, email)
    return HistoryEntry(commit, author, git.moment(at), operation or None, subject, changes)


async def _folder(objects: Objects, commit: str, bot: BotId) -> BotFolder | None:
    return await read_folder(CommitTree(objects, commit), bot)


async def _known(objects: Objects, commit: str, place: str) -> str:
    if _COMMIT.match(commit) and await objects.contains(layout.MAIN, commit):
        return commit
    detail = "must be the full id of a commit on main; the bot's history lists them"
    raise RefusedError("There is no such commit", [Problem(place, detail)])
