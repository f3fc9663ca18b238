"""The committer: waiting operations become commits on `main` and the deploy branches, in order, in batches.

Each round renders what others pushed, then claims what waits, applies it to the tip, writes the commits, says
what is prepared, and moves all branches at once. `refs/botyard/rendered` moves last: whatever a crash leaves
half-moved, the next start renders from where that ref stands and ends in the same place.

An operation that is tried again on the same tip becomes the very same commit, down to its id: a push that was
given up and arrives all the same does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agent_runtime.failpoints import failpoint
from gitops import index, layout, locks, recovery
from gitops import plan as planning
from gitops.branches import Branches, Hosted
from gitops.deploy_lines import DeployLines
from gitops.errors import FleetError, GitError, LostRaceError, RemoteError
from gitops.fleet_file import Fleet
from gitops.fleet_settings import settings_at
from gitops.flux import keep_platform
from gitops.objects import Objects
from gitops.operations import Committed, Operations, Prepared, Result
from gitops.planned import Together
from gitops.projector import Projector
from gitops.put_right import put_right
from gitops.upkeep import Upkeep
from gitops.write import BOTYARD, Batch, Move, NewCommit

log = structlog.get_logger()

_BATCH = 50
_ROWS = 200
_LONGEST_BACKOFF = 10.0


class Committer:
    """The single writer of one repository; `branches` says where it has to move them to count."""

    def __init__(
        self,
        repository: Path,
        operations: Operations,
        *,
        branches: Branches | None = None,
        batch: int = _BATCH,
    ) -> None:
        self._repository = repository
        self._operations = operations
        self._branches = branches or Hosted(repository)
        self._objects = Objects(repository)
        self._batch = batch
        self._projector = Projector(self._objects, operations, self._branches, batch)
        self._upkeep = Upkeep(repository, self._branches)
        self._awake = asyncio.Event()
        # Whether all that was begun is known to have got there or not.
        self._certain = False
        # When each unsettled operation was first made a commit.
        self._begun: dict[str, datetime] = {}
        self._trouble: str | None = None
        self._platform_of: Fleet | None = None

    @property
    def trouble(self) -> str | None:
        """Why the last round of `run` failed; None if it did not. The next one tries again."""
        return self._trouble

    def nudge(self) -> None:
        """Something waits, or `main` has moved: look at once."""
        self._awake.set()

    def doubt(self) -> None:
        """The index may be wrong or gone: look at once, as at a start."""
        self._certain = False
        self._awake.set()

    async def run(self) -> None:
        """Works until cancelled. Git being away only makes it wait."""
        self._certain = False
        backoff = 0.1
        try:
            while True:
                self._awake.clear()
                try:
                    worked = await self.once()
                    backoff, self._trouble = 0.1, None
                except Exception as error:
                    # Whatever failed, nothing is lost: operations wait in the database and are claimed again.
                    self._complain(error)
                    await asyncio.sleep(backoff)
                    backoff = min(backoff * 2, _LONGEST_BACKOFF)
                    continue
                if not worked:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), self._branches.pause)
        finally:
            await self.aclose()

    async def once(self) -> bool:
        """One round; whether there was anything to do, and so may be more."""
        try:
            if not self._certain:
                await self.recover()
            if await self._branches.refresh():
                # What another Botyard rendered is in no batch of ours.
                await recovery.mend_index(self._objects, self._operations)
                self._upkeep.wrote_pack()
            projected = await self._project()
            await self._put_right()
            return await self._commit_waiting() or projected
        except LostRaceError:
            self._certain = False
            log.info("commit_race_lost")
            return True
        except BaseException:
            self._certain = False
            raise

    async def recover(self) -> None:
        """Finishes what a crash or a failure interrupted: locks, operations, index, branches."""
        await asyncio.to_thread(locks.clear_stale, self._repository)
        await asyncio.to_thread(locks.clear_leftovers, self._repository)
        await self._branches.refresh()
        # Before more is rendered: that brings the index to the tip and would hide what it lacks.
        await recovery.mend_index(self._objects, self._operations)
        self._begun |= await recovery.settle_unfinished(self._objects, self._operations)
        while await self._project():
            pass
        await self._keep_platform()
        self._certain = True

    async def _project(self) -> bool:
        """Renders what others pushed; whether there was anything."""
        projected = await self._projector.project(await self._tip())
        if projected:
            self._upkeep.wrote_pack()
            await self._keep_platform()
        return projected

    async def _put_right(self) -> None:
        """Whatever others wrote to deploy branches goes, as soon as it is seen."""
        if suspects := set(self._branches.suspects):
            if any(map(layout.is_platform, suspects)):
                self._platform_of = None
                await self._keep_platform()
            if await put_right(self._objects, self._branches, suspects):
                self._upkeep.wrote_pack()
            self._branches.suspects -= suspects

    async def _keep_platform(self) -> None:
        """What a cluster applies first is written again once the fleet's settings are others."""
        fleet = await settings_at(self._objects, layout.RENDERED)
        if fleet != self._platform_of:
            await keep_platform(self._objects, self._branches, fleet)
            self._platform_of = fleet

    async def aclose(self) -> None:
        await self._upkeep.aclose()
        await self._objects.aclose()

    async def _tip(self) -> str:
        tip = await self._objects.resolve(layout.MAIN)
        if tip is None:
            raise GitError("the fleet repository has no main branch; initialise it")
        return tip

    async def _commit_waiting(self) -> bool:
        """Claims, applies, writes, moves and settles one batch; whether there was one."""
        # What is on its branches already must not be applied a second time.
        self._begun |= await recovery.settle_unfinished(self._objects, self._operations)
        requests = await self._operations.claim(self._batch)
        if not requests:
            return False
        failpoint("committer.claimed")
        tip = await self._tip()
        if tip != await self._objects.resolve(layout.RENDERED):
            return True
        plan = await planning.plan(self._objects, tip, requests)
        results: dict[str, Result] = dict(plan.results)
        if plan.planned:
            prepared, moves = await self._write(plan.planned, tip)
            failpoint("committer.written")
            await self._operations.prepared(prepared)
            failpoint("committer.prepared")
            try:
                await self._branches.move(moves)
            except RemoteError as error:
                await self._operations.postponed(list(prepared), str(error))
                raise
            failpoint("committer.moved")
            results |= {operation: Committed(each) for operation, each in prepared.items()}
            # Before anybody is told: a version is never shown beside another one's specification.
            rows = {
                each.rendered.bot: index.row(each.rendered, prepared[together.request.operation].commit)
                for together in plan.planned
                for each in together.planned
            }
            await self._operations.indexed(list(rows.values()), moves[0].new)
            failpoint("committer.indexed")
            self._upkeep.wrote_pack()
        await self._operations.committed(results)
        failpoint("committer.settled")
        log.info("batch_committed", operations=len(results), commits=len(plan.planned))
        return True

    async def _write(self, planned: Sequence[Together], tip: str) -> tuple[dict[str, Prepared], list[Move]]:
        """Writes one commit on `main` and one on each deploy branch that an operation touches.

        The moves make them count.
        """
        line = DeployLines(self._objects)
        prepared: dict[str, Prepared] = {}
        now = datetime.now(UTC)
        begun = {each.request.operation: self._begun.get(each.request.operation, now) for each in planned}
        self._begun = begun
        async with Batch(self._repository, now) as batch:
            on_main = await batch.add(
                [_main_commit(each, tip, begun[each.request.operation]) for each in planned]
            )
            for each, commit in zip(planned, on_main, strict=True):
                at = begun[each.request.operation]
                for branch, files in each.releases().items():
                    message = f"{each.message}Source: {commit}\n"
                    parent = await line.parent(branch)
                    deploy = NewCommit(branch, parent, BOTYARD, each.request.at, message, files, at)
                    [line.tips[branch]] = await batch.add([deploy])
                prepared[each.request.operation] = each.prepared(commit, line.tips)
        last = on_main[-1]
        return prepared, [Move(layout.MAIN, tip, last), *line.moves(), Move(layout.RENDERED, tip, last)]

    def _complain(self, error: Exception) -> None:
        if isinstance(error, FleetError | OSError):
            self._trouble = str(error) or type(error).__name__
            log.warning("committer_waits", reason=self._trouble)
        else:
            self._trouble = f"it failed inside ({type(error).__name__}); its log has the cause"
            log.exception("committer_failed")


def _main_commit(together: Together, tip: str, at: datetime) -> NewCommit:
    request = together.request
    message, files = together.message, together.files()
    return NewCommit("main", tip, request.author, request.at, message, files, at)
