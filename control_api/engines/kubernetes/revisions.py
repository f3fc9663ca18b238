"""Which revision of each bot a cluster has applied: the blob of its release file at the applied commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from agent_runtime.spec import BotId
from gitops import layout
from gitops.errors import FleetError
from gitops.objects import Objects

log = structlog.get_logger()

Changes = Mapping[str, str | None]
_TRIES = (0.1, 0.5)  # seconds until it is read again


class Revisions:
    """Kept by deploy branch and bot."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._applied: dict[str, str] = {}
        self._of: dict[str, str] = {}

    def of(self, bot: str) -> str | None:
        """The revision that the cluster was last told of; None if it has none."""
        return self._of.get(bot)

    async def is_wanted(self, bot: str) -> bool:
        """Whether the bot is on `main`, or the cluster has it still; also where that can't be read."""
        if bot in self._of:
            return True
        try:
            return await self._objects.read(layout.MAIN, layout.bot_path(BotId.parse(bot))) is not None
        except FleetError as error:
            log.warning("bot_not_read", bot=bot, reason=str(error))
            return True

    def is_applied(self, branch: str, commit: str) -> bool:
        """Whether this is the commit of the branch that the cluster applied last."""
        return self._applied.get(branch) == commit

    async def changes(self, branch: str, commit: str) -> Changes | None:
        """The bots whose release file a commit changes against the applied one, and their new revisions.

        None for a commit that is not here: somebody else wrote to the branch, and the next commit heals it.
        """
        for wait in (*_TRIES, None):
            try:
                changes = await self._objects.changes(self._applied.get(branch), commit)
            except FleetError as error:
                if wait is None:
                    log.warning("applied_commit_not_read", branch=branch, commit=commit, reason=str(error))
                    return None
                # Packs are put together now and then while they are read.
                await asyncio.sleep(wait)
            else:
                places = ((layout.release_place(each.path), each.new_oid) for each in changes)
                return {str(place.bot): oid for place, oid in places if isinstance(place, layout.ReleaseFile)}
        raise AssertionError("unreachable")

    def move(self, branch: str, commit: str, changes: Changes) -> None:
        """The cluster has applied this commit, and with it these changes."""
        self._applied[branch] = commit
        for bot, revision in changes.items():
            if revision is None:
                self._of.pop(bot, None)
            else:
                self._of[bot] = revision
