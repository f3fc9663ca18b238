"""Writes commits without a work tree and without an index, then moves branches by compare-and-swap.

One `git fast-import` writes a batch of commits and touches no ref; one `git update-ref --stdin` transaction
moves all refs of the batch together, or none. What is written is on the disk before the refs move
(`core.fsync=all`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gitops import git, locks
from gitops.errors import GitError, LostRaceError
from gitops.intent import Author

BOTYARD = Author("Botyard", "fleet@botyard.invalid")

_SCRATCH = "refs/botyard/writing"
_SAFE_PATH = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|\Z))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*\Z")
_REF = re.compile(r"refs/(heads|botyard)/[a-z0-9/-]+\Z")
_OID = re.compile(r"[0-9a-f]{40}\Z")
# How long a lock of somebody else's is waited for, in milliseconds: longer than it takes for one to count as
# stale.
_PATIENCE = 1500
_LOCKED = b".lock': File exists"
_LOST = (b"but expected", b"reference already exists", b"unable to resolve reference")


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to write on a line of commits.

    The first of a line in a batch names its parent, the others follow.

    `files` maps paths to content (bytes), to the id of a blob that is there already (str), or to None:
    removed, be it a file or a whole folder. `committed_at` is the batch's time where it is left out.
    """

    line: str
    parent: str | None
    author: Author
    at: datetime
    message: str
    files: Mapping[str, bytes | str | None] = field(default_factory=dict)
    committed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A ref's move from one commit to another; None stands for a ref that is not there."""

    ref: str
    old: str | None
    new: str


class Batch:
    """One `git fast-import`, open for writing: `add` commits, learn their ids, then leave the context."""

    def __init__(self, repository: Path, committed_at: datetime) -> None:
        self._repository = repository
        self._committed_at = committed_at
        self._lines: dict[str, str] = {}
        self._marks = 0

    async def __aenter__(self) -> Batch:
        # A batch is one pack: two files to sync, where loose objects would be a dozen. Upkeep joins the
        # packs.
        self._process = await git.start(
            self._repository, "-c", "fastimport.unpackLimit=1", "fast-import", "--done", "--quiet"
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _error: object, _trace: object) -> None:
        if kind is not None:
            await git.kill(self._process)
            return
        resets = "".join(f"reset {scratch}\n\n" for scratch in self._lines.values())
        code, _, said = await git.finish(self._process, f"{resets}done\n".encode())
        if code != 0:
            raise GitError(git.failure("fast-import", code, said))

    async def add(self, commits: Sequence[NewCommit]) -> list[str]:
        """Writes the commits in order and gives their ids."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        ids = []
        for commit in commits:
            self._marks += 1
            lines = [*self._commit(commit), b"get-mark :%d\n" % self._marks]
            stdin.writelines(lines)
            try:
                await stdin.drain()
                answer = (await stdout.readline()).decode().strip()
            except ConnectionError:
                answer = ""
            if _OID.match(answer) is None:
                raise await self._failed()
            ids.append(answer)
        return ids

    def _commit(self, commit: NewCommit) -> list[bytes]:
        first = commit.line not in self._lines
        scratch = self._lines.setdefault(commit.line, f"{_SCRATCH}/{len(self._lines)}")
        parts = [f"commit {scratch}\nmark :{self._marks}\n".encode()]
        parts.append(f"author {_person(commit.author, commit.at)}\n".encode())
        parts.append(f"committer {_person(BOTYARD, commit.committed_at or self._committed_at)}\n".encode())
        parts += _data(commit.message.encode())
        if first and commit.parent is not None:
            parts.append(f"from {_checked(_OID, commit.parent)}\n".encode())
        for path, content in commit.files.items():
            parts += _file(_checked(_SAFE_PATH, path), content)
        return [*parts, b"\n"]

    async def _failed(self) -> GitError:
        code, _, err = await git.finish(self._process)
        return GitError(git.failure("fast-import", code, err))


async def move(repository: Path, moves: Sequence[Move]) -> None:
    """Moves all the refs or none; LostRaceError if one of them is no longer where it was."""
    updates = (
        f"update {_checked(_REF, each.ref)} {_checked(_OID, each.new)} {each.old or git.ZERO}"
        for each in moves
    )
    stdin = "\n".join(["start", *updates, "prepare", "commit", ""]).encode()
    code, err = await _update_refs(repository, stdin)
    if code != 0 and _LOCKED in err and await asyncio.to_thread(locks.clear_stale, repository):
        code, err = await _update_refs(repository, stdin)
    if code == 0:
        return
    if any(words in err for words in _LOST):
        raise LostRaceError(
            "A branch of the fleet repository moved while a change was made; it is tried again"
        )
    raise GitError(git.failure("update-ref", code, err))


async def _update_refs(repository: Path, stdin: bytes) -> tuple[int, bytes]:
    process = await git.start(
        repository, "-c", f"core.filesRefLockTimeout={_PATIENCE}", "update-ref", "--stdin"
    )
    # The transaction either happens or it does not; a cancelled caller must not leave locks behind.
    code, _, err = await asyncio.shield(asyncio.ensure_future(git.finish(process, stdin)))
    return code, err


def _person(author: Author, at: datetime) -> str:
    """`Name <email> seconds zone`, without the characters that would end a part of it."""
    name = re.sub(r"[<>\x00-\x1f\x7f]+", " ", author.name).strip() or "unknown"
    email = re.sub(r"[<>\s\x00-\x1f\x7f]+", "", author.email)
    return f"{name} <{email}> {int(at.timestamp())} +0000"


def _file(path: str, content: bytes | str | None) -> list[bytes]:
    if content is None:
        return [f"D {path}\n".encode()]
    if isinstance(content, str):
        return [f"M 100644 {_checked(_OID, content)} {path}\n".encode()]
    return [f"M 100644 inline {path}\n".encode(), *_data(content)]


def _data(content: bytes) -> list[bytes]:
    return [f"data {len(content)}\n".encode(), content, b"\n"]


def _checked(pattern: re.Pattern[str], text: str) -> str:
    """The text, if it can't be taken for anything else in the stream of commands."""
    if pattern.match(text) is None:
        raise GitError("a path, ref or id that Botyard would not write was given to Git")
    return text
