"""A fleet repository for one test, with its committer and short ways to ask for changes."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent_runtime.home import Home
from agent_runtime.spec import BotId
from gitops import layout
from gitops.committer import Committer
from gitops.intent import Author, Intent, Kind
from gitops.keys import make_keys
from gitops.objects import Objects
from gitops.operations import Committed, Prepared, Result
from gitops.release import chart_name
from gitops.remote import Remote
from gitops.repository import initialise
from gitops.seal import Sealer
from gitops.write import BOTYARD, Batch, Move, NewCommit, move
from tests.gitops.memory import MemoryOperations

ALICE = Author("Alice", "alice@example.org")
SUPPORT = BotId("alice", "support")


def specification(name: str = "support", **more: Any) -> dict[str, Any]:
    return {"version": 1, "name": name, "instructions": "You are kind.", **more}


class Fleet:
    """Make one with `await Fleet.make(tmp_path)` and end it with `await fleet.aclose()`."""

    def __init__(self, home: Home, recipient: str, url: str = "", every: float = 0.0) -> None:
        self.home = home
        self.repository = home.fleet
        self.sealer = Sealer(recipient)
        self.operations = MemoryOperations()
        self._remote = (url, every)
        self.committer = self._committer()
        self.objects = Objects(self.repository)
        self._numbers = itertools.count(1)

    @classmethod
    async def make(cls, folder: Path, url: str = "", every: float = 0.0) -> Fleet:
        """A fleet of its own, or a mirror of a remote that is looked at every so many seconds."""
        home = Home.at(folder / "home")
        recipient = make_keys(home)
        await initialise(home.fleet, recipient, remote=url)
        return cls(home, recipient, url, every)

    async def aclose(self) -> None:
        await self.committer.aclose()
        await self.objects.aclose()

    async def restart(self) -> None:
        """A new committer on the same repository and operations, as after a crash."""
        await self.committer.aclose()
        self.committer = self._committer()

    def _committer(self) -> Committer:
        url, every = self._remote
        remote = Remote(self.repository, url, every) if url else None
        return Committer(self.repository, self.operations, branches=remote)

    def intent(self, kind: Kind, bot: BotId = SUPPORT, **more: Any) -> Intent:
        """An intent that waits for the committer."""
        operation = f"op-{next(self._numbers)}"
        intent = Intent(operation, kind, bot, ALICE, more.pop("at", datetime.now(UTC)), **more)
        self.operations.submit(intent)
        return intent

    async def settle(self, kind: Kind, bot: BotId = SUPPORT, **more: Any) -> Result:
        """Asks for a change and lets the committer work until it is settled."""
        intent = self.intent(kind, bot, **more)
        for _ in range(10):
            await self.committer.once()
            if intent.operation in self.operations.results:
                return self.operations.results[intent.operation]
        raise AssertionError("the committer did not settle the operation")

    async def commit(self, kind: Kind, bot: BotId = SUPPORT, **more: Any) -> Prepared:
        """As `settle`, for a change that must be committed."""
        result = await self.settle(kind, bot, **more)
        assert isinstance(result, Committed), result
        return result.prepared

    async def offer(self, *versions: str) -> None:
        """Put versions of the chart `bot` on a platform's branch, as this Botyard or one before it did."""
        now, branch = datetime.now(UTC), layout.deploy_branch("eu", layout.PLATFORM)
        files = {f"charts/{chart_name(version)}/Chart.yaml": b"" for version in versions}
        async with Batch(self.repository, now) as batch:
            [commit] = await batch.add([NewCommit(branch, None, BOTYARD, now, "Charts\n", files)])
        await move(self.repository, [Move(branch, None, commit)])

    async def seal(self, values: Mapping[str, str], bot: BotId = SUPPORT) -> dict[str, bytes]:
        return {name: await self.sealer.seal(bot, name, value) for name, value in values.items()}

    async def read(self, path: str, ref: str = layout.MAIN) -> bytes | None:
        return await self.objects.read(ref, path)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "--git-dir", str(self.repository), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    def every_object(self) -> bytes:
        """The contents of all that the repository holds, reachable or not."""
        arguments = ["cat-file", "--batch-all-objects", "--batch"]
        command = ["git", "--git-dir", str(self.repository), *arguments]
        return subprocess.run(command, capture_output=True, check=True).stdout
