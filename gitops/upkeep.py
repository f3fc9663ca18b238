"""Keeps the repository quick and clean while it grows, beside the writing: packs, commit-graph, old tenants.

Nothing that Git might still need is ever removed: packs are joined with all they hold, reachable or not.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from gitops import git, locks
from gitops.branches import Branches, Hosted
from gitops.errors import FleetError, GitError, LostRaceError
from gitops.objects import Objects
from gitops.sweep import sweep

log = structlog.get_logger()

# Each batch of commits and each push is a pack of its own; reading looks through all of them.
MOST_PACKS = 100

_STEPS = (
    ("repack", "--geometric=2", "-d", "--quiet", "--write-midx"),
    ("commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress"),
)
_SECONDS = 3600


class Upkeep:
    """Counts what is written and tidies up in the background when it is time."""

    def __init__(
        self, repository: Path, branches: Branches | None = None, most_packs: int = MOST_PACKS
    ) -> None:
        self._repository = repository
        self._branches = branches or Hosted(repository)
        self._most_packs = most_packs
        self._packs = most_packs
        self._task: asyncio.Task[None] | None = None

    def wrote_pack(self) -> None:
        """Tidies up if it is time and not being done already. Never waits."""
        self._packs += 1
        if self._packs >= self._most_packs and (self._task is None or self._task.done()):
            # The first one after a start comes early: nobody counted what is there.
            self._packs = 0
            self._task = asyncio.get_running_loop().create_task(self._tidy())

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tidy(self) -> None:
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(_SECONDS):
                await tidy(self._repository)
                owners = await self._sweep()
        except (FleetError, TimeoutError, OSError) as error:
            log.warning("upkeep_failed", reason=str(error))
        else:
            seconds = asyncio.get_running_loop().time() - started
            log.info("upkeep_done", seconds=round(seconds, 2), tenants_removed=owners)

    async def _sweep(self) -> list[str]:
        """By compare-and-swap like every move.

        Whoever loses a race against it, or it against them, tries again.
        """
        objects = Objects(self._repository)
        try:
            return await sweep(objects, branches=self._branches)
        except LostRaceError:
            return []
        finally:
            await objects.aclose()


async def tidy(repository: Path) -> None:
    """Joins packs so that each is at least twice the next, and lets path histories skip commits."""
    await asyncio.to_thread(locks.clear_stale, repository)
    await asyncio.to_thread(locks.clear_leftovers, repository)
    for arguments in _STEPS:
        process = await asyncio.create_subprocess_exec(
            "nice",
            "-n",
            "10",
            *git.command(*arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=git.environment(repository),
            cwd="/",
        )
        code, _, err = await git.finish(process)
        if code != 0:
            raise GitError(git.failure(arguments[0], code, err))
