"""A view of one state of `main`: a commit as it is, or a commit with changes that are not written yet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from gitops.objects import FILE, TREE, Entry, Objects

# What changes: a file's new content by path, None where it is removed.
Files = Mapping[str, bytes | None]


class Tree(Protocol):
    """Files by path. Folders are there while something is in them."""

    async def read(self, path: str) -> bytes | None:
        """A file's content; None if there is no such file."""
        ...

    async def entry(self, path: str) -> Entry | None:
        """What stands at a path, with its mode and id."""
        ...

    async def entries(self, folder: str) -> list[Entry]:
        """What a folder holds, paths from the root."""
        ...


class CommitTree:
    """The tree of a commit. `commit` None is the empty tree."""

    def __init__(self, objects: Objects, commit: str | None) -> None:
        self.objects = objects
        self.commit = commit

    async def read(self, path: str) -> bytes | None:
        return await self.objects.read(self.commit, path) if self.commit else None

    async def entry(self, path: str) -> Entry | None:
        return await self.objects.entry(self.commit, path) if self.commit else None

    async def entries(self, folder: str) -> list[Entry]:
        return await self.objects.entries(self.commit, folder) if self.commit else []


class Overlay:
    """A tree with changes laid over it. Changes are regular files only."""

    def __init__(self, below: Tree, files: Files | None = None) -> None:
        self._below = below
        self._files: dict[str, bytes | None] = dict(files or {})

    def put(self, files: Files) -> None:
        self._files.update(files)

    async def read(self, path: str) -> bytes | None:
        return self._files[path] if path in self._files else await self._below.read(path)

    async def entry(self, path: str) -> Entry | None:
        for entry in await self.entries(path.rpartition("/")[0]):
            if entry.path == path:
                return entry
        return None

    async def entries(self, folder: str) -> list[Entry]:
        prefix = f"{folder}/" if folder else ""
        found = {entry.path: entry for entry in await self._below.entries(folder)}
        for path, content in self._files.items():
            if not path.startswith(prefix):
                continue
            child, below, _ = path.removeprefix(prefix).partition("/")
            if below:
                await self._settle_folder(prefix + child, found)
            elif content is None:
                found.pop(path, None)
            else:
                found[path] = Entry(FILE, blob_id(content), path)
        return sorted(found.values(), key=lambda entry: entry.path)

    async def _settle_folder(self, folder: str, found: dict[str, Entry]) -> None:
        """A folder below is there exactly if something is left in it.

        Its id is not known before it is written.
        """
        if await self.entries(folder):
            found[folder] = Entry(TREE, "", folder)
        else:
            found.pop(folder, None)


def blob_id(content: bytes) -> str:
    """The id that Git gives a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
