"""Reads a bare repository without a work tree: one long `git cat-file` answers for commits, trees and blobs.

Trees are compared here and not by a process each time: reading costs what changed and not what is there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitops import git
from gitops.errors import GitError

TREE = "040000"
FILE = "100644"

# Requests are written ahead of the answers as long as they fit a pipe, so that neither side waits for the
# other.
_AHEAD = 50
_READ_AHEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree. `mode`: 100644 a file, 040000 a folder, 120000 a link, 160000 a submodule."""

    mode: str
    oid: str
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """One file that differs between two trees; mode and id are None on the side where it is missing."""

    path: str
    old_mode: str | None
    new_mode: str | None
    old_oid: str | None
    new_oid: str | None


@dataclass(frozen=True, slots=True)
class Info:
    """What Git knows of an object without reading it."""

    oid: str
    type: str
    size: int


class Objects:
    """The objects of one repository. For concurrent use within one event loop; `aclose` ends its process."""

    def __init__(self, repository: Path, environment: Mapping[str, str] | None = None) -> None:
        self._repository = repository
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    @property
    def repository(self) -> Path:
        return self._repository

    async def resolve(self, ref: str) -> str | None:
        """The commit that a full ref name (or a commit's id) stands for; None if there is none."""
        info = (await self.info([f"{ref}^{{commit}}"]))[0]
        return info.oid if info else None

    async def branches(self, prefix: str = "refs/heads/") -> dict[str, str]:
        """The tips of all refs under a prefix, by full name."""
        out = await git.run(
            self._repository,
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            prefix,
            extra=self._environment,
        )
        tips = (line.split(" ", 1) for line in out.decode().splitlines())
        return {name: oid for oid, name in tips}

    async def info(self, names: Sequence[str]) -> list[Info | None]:
        """Type and size of each object, in order; None for those that do not exist."""
        return [header for header, _ in await self._ask("info", names)]

    async def blob(self, oid: str) -> bytes:
        """A blob's content; GitError if it is missing."""
        return (await self.blobs([oid]))[0]

    async def blobs(self, oids: Sequence[str]) -> list[bytes]:
        """The contents of many blobs, in order."""
        contents: list[bytes] = []
        for header, content in await self._ask("contents", oids):
            if header is None or header.type != "blob":
                raise GitError("an object of the fleet repository is missing; run `git fsck` in it")
            contents.append(content)
        return contents

    async def read(self, commit: str, path: str) -> bytes | None:
        """The content of a file of a commit; None if there is no such file."""
        [(header, content)] = await self._ask("contents", [f"{commit}:{path}"])
        return content if header is not None and header.type == "blob" else None

    async def entry(self, commit: str, path: str) -> Entry | None:
        """What stands at a path of a commit, with its mode."""
        folder, _, name = path.rpartition("/")
        for entry in await self.entries(commit, folder):
            if entry.path.rpartition("/")[2] == name:
                return entry
        return None

    async def entries(self, commit: str, path: str = "") -> list[Entry]:
        """What a folder of a commit holds, paths from the root; empty if there is no such folder."""
        prefix = f"{path}/" if path else ""
        name = f"{commit}:{path}" if path else f"{commit}^{{tree}}"
        [(header, content)] = await self._ask("contents", [name])
        return _parse_tree(content, prefix) if header is not None and header.type == "tree" else []

    async def files(self, commit: str, path: str = "") -> AsyncIterator[Entry]:
        """Every file below a folder of a commit, in order of path: the full walk."""
        for entry in await self.entries(commit, path):
            if entry.mode == TREE:
                async for inner in self.files(commit, entry.path):
                    yield inner
            else:
                yield entry

    async def changes(self, old: str | None, new: str) -> list[Change]:
        """The files that differ between two commits, in order of path. `old` None is the empty tree."""
        found: list[Change] = []
        waiting: list[tuple[str, str | None, str | None]] = [
            ("", f"{old}^{{tree}}" if old else None, f"{new}^{{tree}}")
        ]
        while waiting:
            level, waiting = waiting, []
            names = [name for _, before, after in level for name in (before, after) if name]
            trees = dict(zip(names, await self._trees(names), strict=True))
            for prefix, before, after in level:
                _compare(prefix, trees.get(before or "", {}), trees.get(after or "", {}), found, waiting)
        return sorted(found, key=lambda change: change.path)

    async def commits(self, old: str | None, new: str) -> list[str]:
        """The commits that `new` has and `old` has not, oldest first."""
        return list(await self.parents(old, new))

    async def steps(self, old: str | None, new: str) -> list[str]:
        """The commits by which a branch went from `old` to `new`, oldest first: one state after the other.

        First parents are followed. Where someone merged the branch into their own work and pushed that, the
        work before the merge was never a state of the branch, and the merge is the step.
        """
        parents = await self.parents(old, new)
        after: set[str] = set()
        for commit, of in parents.items():
            if old is None or any(parent == old or parent in after for parent in of):
                after.add(commit)
        chain, at = [], new
        while at in parents:
            chain.append(at)
            at = parents[at][0] if parents[at] else ""
        return [commit for commit in reversed(chain) if commit in after]

    async def parents(self, old: str | None, new: str) -> dict[str, list[str]]:
        """The parents of each commit that `new` has and `old` has not, oldest first."""
        wanted = [*([f"^{old}"] if old else []), new]
        arguments = ("rev-list", "--reverse", "--topo-order", "--parents", "--end-of-options", *wanted, "--")
        out = await git.run(self._repository, *arguments, extra=self._environment)
        lines = (line.split() for line in out.decode().splitlines())
        return {commit: parents for commit, *parents in lines}

    async def contains(self, branch: str, commit: str) -> bool:
        """Whether a branch has a commit: the commit is its tip or an ancestor of it."""
        tip = await self.resolve(branch)
        if tip is None or await self.resolve(commit) is None:
            return False
        process = await git.start(
            self._repository, "merge-base", "--is-ancestor", commit, tip, extra=self._environment
        )
        code, _, err = await git.finish(process)
        if code not in (0, 1):
            raise GitError(git.failure("merge-base", code, err))
        return code == 0

    async def aclose(self) -> None:
        async with self._lock:
            await self._end()

    async def _trees(self, names: Sequence[str]) -> list[dict[str, Entry]]:
        trees: list[dict[str, Entry]] = []
        for header, content in await self._ask("contents", names):
            if header is None or header.type != "tree":
                raise GitError("a folder of the fleet repository is missing; run `git fsck` in it")
            trees.append({entry.path: entry for entry in _parse_tree(content, "")})
        return trees

    async def _ask(self, verb: str, names: Sequence[str]) -> list[tuple[Info | None, bytes]]:
        """Asks for many objects; the answers in order."""
        if any("\n" in name or "\0" in name for name in names):
            raise GitError("an object's name holds a line break")
        answers: list[tuple[Info | None, bytes]] = []
        async with self._lock:
            try:
                for start in range(0, len(names), _AHEAD):
                    answers += await self._exchange(verb, names[start : start + _AHEAD])
            except BaseException as error:
                # Half-read answers would be taken for the next question's, so the process goes.
                await self._end()
                if isinstance(error, asyncio.IncompleteReadError):
                    raise GitError("git cat-file ended in the middle of an answer") from error
                raise
        return answers

    async def _exchange(self, verb: str, names: Sequence[str]) -> list[tuple[Info | None, bytes]]:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("".join(f"{verb} {name}\n" for name in names).encode("utf-8", "surrogateescape"))
        await process.stdin.drain()
        answers = []
        for _ in names:
            header = _parse_header(await process.stdout.readuntil(b"\n"))
            content = b""
            if header is not None and verb == "contents":
                content = (await process.stdout.readexactly(header.size + 1))[:-1]
            answers.append((header, content))
        return answers

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *git.command("cat-file", "--batch-command"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=git.environment(self._repository, self._environment),
                cwd="/",
                limit=_READ_AHEAD,
            )
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(Exception):
                await git.kill(process)


def _parse_header(line: bytes) -> Info | None:
    """`<oid> <type> <size>`; anything else (`… missing`, `… ambiguous`) is no object."""
    parts = line.decode(errors="replace").split()
    if len(parts) == 3 and parts[2].isdigit():
        return Info(parts[0], parts[1], int(parts[2]))
    return None


def _parse_tree(content: bytes, prefix: str) -> list[Entry]:
    """The entries of a tree object: `<mode> <name>NUL<20 bytes of id>`, over and over."""
    entries, at = [], 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        # A name that is no UTF-8 stays distinct and fails every rule later on.
        name = content[space + 1 : end].decode("utf-8", "surrogateescape")
        entries.append(
            Entry(content[at:space].decode().zfill(6), content[end + 1 : end + 21].hex(), prefix + name)
        )
        at = end + 21
    return entries


def _compare(
    prefix: str,
    old: Mapping[str, Entry],
    new: Mapping[str, Entry],
    found: list[Change],
    waiting: list[tuple[str, str | None, str | None]],
) -> None:
    """Adds the files that differ to `found` and the folders that differ to `waiting`."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        path = prefix + name
        before_tree = before.oid if before and before.mode == TREE else None
        after_tree = after.oid if after and after.mode == TREE else None
        if before_tree or after_tree:
            waiting.append((f"{path}/", before_tree, after_tree))
        before_file = before if before and before.mode != TREE else None
        after_file = after if after and after.mode != TREE else None
        if before_file or after_file:
            found.append(
                Change(
                    path,
                    before_file.mode if before_file else None,
                    after_file.mode if after_file else None,
                    before_file.oid if before_file else None,
                    after_file.oid if after_file else None,
                )
            )
