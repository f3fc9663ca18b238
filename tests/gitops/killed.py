"""A committer that kills itself: `python -m tests.gitops.killed <home> <where> [<remote>]`.

Its operations are kept in a file, so that the test can go on with them in a new committer.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent_runtime.home import Home
from gitops import layout, write
from gitops.committer import Committer
from gitops.operations import IndexRow, Prepared, Result
from gitops.remote import Remote
from tests.gitops.memory import MemoryOperations


def save(operations: MemoryOperations, path: Path) -> None:
    path.write_bytes(pickle.dumps(vars(operations)))


def load(path: Path) -> MemoryOperations:
    operations = MemoryOperations()
    vars(operations).update(pickle.loads(path.read_bytes()))
    return operations


class DyingOperations(MemoryOperations):
    """Keeps everything in a file, and dies at the named place."""

    def __init__(self, path: Path, where: str, repository: Path) -> None:
        super().__init__()
        self._path, self._where, self._repository = path, where, repository

    def _reach(self, where: str) -> None:
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        self._path.write_bytes(pickle.dumps(kept))
        if where == self._where:
            os.kill(os.getpid(), signal.SIGKILL)

    def _move_main(self, commit: str) -> None:
        arguments = ["git", "--git-dir", str(self._repository), "update-ref", layout.MAIN, commit]
        subprocess.run(arguments, check=True)

    async def prepared(self, commits: Mapping[str, Prepared]) -> None:
        self._reach("written")
        await super().prepared(commits)
        if self._where == "half-moved":
            # The state between the first and the second rename of Git's transaction.
            self._move_main(list(commits.values())[-1].commit)
            self._reach("half-moved")
        self._reach("prepared")

    async def committed(self, results: Mapping[str, Result]) -> None:
        self._reach("moved")
        await super().committed(results)
        self._reach("settled")

    async def indexed(self, rows: Sequence[IndexRow], upto: str, *, complete: bool = False) -> None:
        await super().indexed(rows, upto, complete=complete)
        self._reach("indexed")


async def die_instead(repository: Path, moves: Sequence[write.Move]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(home: Home, where: str, url: str = "") -> None:
    path = home.root / "operations"
    operations = DyingOperations(path, where, home.fleet)
    vars(operations).update(vars(load(path)))
    if where == "pushed":
        # The remote has moved and the mirror has not.
        write.move = die_instead
    committer = Committer(home.fleet, operations, branches=Remote(home.fleet, url) if url else None)
    await committer.once()


if __name__ == "__main__":
    asyncio.run(main(Home.at(sys.argv[1]), *sys.argv[2:]))
