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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agent_runtime.failpoints import failpoint
from gitops import git, index, layout, locks, projection
from gitops import plan as planning
from gitops.branches import Branches, Hosted
from gitops.errors import FleetError, GitError, LostRaceError, RemoteError
from gitops.fleet_file import Fleet
from gitops.fleet_settings import settings_at
from gitops.flux import keep_platform
from gitops.objects import Objects
from gitops.operations import Committed, Operations, Prepared, Refused, Result
from gitops.plan import Together
from gitops.projection import Projected, Source
from gitops.upkeep import Upkeep
from gitops.write import BOTYARD, Batch, Move, NewCommit

log = structlog.get_logger()

_BATCH = 50
_ROWS = 200
_LONGEST_BACKOFF = 10.0
HELD = "The specification on main is not valid; the last valid one runs on"


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
                await self._mend_index()
                self._upkeep.wrote_pack()
            projected = await self.project()
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
        await self._mend_index()
        await self._settle_unfinished()
        while await self.project():
            pass
        await self._keep_platform()
        self._certain = True

    async def project(self) -> bool:
        """Renders the commits on `main` that are not rendered yet; whether there were any."""
        tip, rendered = await self._tip(), await self._objects.resolve(layout.RENDERED)
        if tip == rendered:
            return False
        sources = await projection.sources(self._objects, rendered, tip, self._batch)
        if not sources:
            raise GitError("refs/botyard/rendered is ahead of main; restore main from a backup or a clone")
        done, moves = await self._write_projection(sources)
        failpoint("projection.written")
        own = await self._own(sources)
        results = await self._announce(sources, done, own)
        # What is held moves nothing. After the move nobody would come back to it.
        if refused := _refused(results):
            await self._operations.committed(refused)
        failpoint("projection.announced")
        last = sources[-1].commit
        await self._branches.move([*moves, Move(layout.RENDERED, rendered, last)])
        failpoint("projection.moved")
        rows = {each.bot: index.row(each, source.commit) for source in sources for each in source.rendered}
        await self._operations.indexed(list(rows.values()), last)
        await self._operations.committed(results)
        failpoint("projection.settled")
        self._upkeep.wrote_pack()
        log.info("main_rendered", commits=len(sources), upto=last)
        await self._keep_platform()
        return True

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

    async def _write_projection(self, sources: Sequence[Source]) -> tuple[Projected, list[Move]]:
        line = _Lines(self._objects)
        done = Projected()
        async with Batch(self._repository, datetime.now(UTC)) as batch:
            for source in sources:
                for branch in source.branches():
                    commit = source.deploy_commit(branch, await line.parent(branch))
                    [done.commits[source.commit, branch]] = await batch.add([commit])
                    line.tips[branch] = done.commits[source.commit, branch]
        return done, line.moves()

    async def _own(self, sources: Sequence[Source]) -> Mapping[str, tuple[str, Prepared]]:
        """Our operations by the commits on `main` that these are.

        A crash came between the move of `main` and the others.
        """
        # Adopted operations are unfinished too, many of one commit, but no commit names them.
        unfinished = await self._operations.unfinished()
        return {
            source.commit: (source.operation, prepared)
            for source in sources
            if (found := unfinished.get(source.operation))
            for prepared in found.attempts()
            if prepared.commit == source.commit
        }

    async def _announce(
        self, sources: Sequence[Source], done: Projected, own: Mapping[str, tuple[str, Prepared]]
    ) -> dict[str, Result]:
        """Stores what is about to move, for our operations and for people's.

        What to settle them with after.
        """
        results: dict[str, Result] = {}
        ours: dict[str, Prepared] = {}
        theirs = []
        for source in sources:
            if source.commit in own:
                operation, before = own[source.commit]
                if (prepared := _again(before, done.all_prepared(source))) is not None:
                    ours[operation] = prepared
                elif faults := [problem for each in source.rendered for problem in each.held]:
                    results[operation] = Refused(HELD, tuple(faults), 422)
                continue
            theirs += [done.adopted(source, each) for each in source.rendered if each.bot in source.kinds]
        if ours:
            await self._operations.prepared(ours)
        results |= {operation: Committed(prepared) for operation, prepared in ours.items()}
        if theirs:
            ids = await self._operations.adopted(theirs)
            for operation, each in zip(ids, theirs, strict=True):
                held = Refused(HELD, each.problems, 422)
                results[operation] = Committed(each.prepared) if each.prepared else held
        return results

    async def _commit_waiting(self) -> bool:
        """Claims, applies, writes, moves and settles one batch; whether there was one."""
        # What is on its branches already must not be applied a second time.
        await self._settle_unfinished()
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
        line = _Lines(self._objects)
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

    async def _settle_unfinished(self) -> None:
        """Operations that were prepared and not settled: those that are on their branches are done."""
        settled: dict[str, Result] = {}
        for operation, prepared in (await self._operations.unfinished()).items():
            if (there := await self._that_got_there(prepared)) is not None:
                settled[operation] = Committed(await self._as_deployed(there))
            elif (begun := await self._committed_at(prepared.commit)) is not None:
                self._begun[operation] = begun
        if settled:
            log.info("operations_recovered", operations=len(settled))
            await self._operations.committed(settled)

    async def _that_got_there(self, prepared: Prepared) -> Prepared | None:
        for attempt in prepared.attempts():
            if await self._objects.contains(layout.RENDERED, attempt.commit):
                return attempt
        return None

    async def _as_deployed(self, prepared: Prepared) -> Prepared:
        """As its deploy branch has it: a pushed commit may have been rendered by another Botyard first."""
        if prepared.bots:
            bots = {bot: await self._as_deployed(each) for bot, each in prepared.bots.items()}
            return Prepared.of_many(bots)
        if not prepared.branch:
            return prepared
        if await self._objects.contains(prepared.branch, prepared.deploy_commit):
            return prepared
        tip = await self._objects.resolve(prepared.branch)
        return replace(prepared, deploy_commit=tip) if tip is not None else prepared

    async def _committed_at(self, commit: str) -> datetime | None:
        """When a commit was written; None if it is not here."""
        if await self._objects.resolve(commit) is None:
            return None
        arguments = ("show", "--no-patch", "--format=%ct", "--end-of-options", commit)
        return datetime.fromtimestamp(int(await git.run(self._repository, *arguments)), UTC)

    async def _mend_index(self) -> None:
        """Brings the index to the tip.

        By the difference, or from nothing where it does not fit this repository.
        """
        rendered = await self._objects.resolve(layout.RENDERED)
        shown = await self._operations.index_tip()
        if rendered is None or shown == rendered:
            return
        if shown is not None and await self._objects.contains(rendered, shown):
            await self._operations.indexed(await index.changed_rows(self._objects, shown, rendered), rendered)
            return
        rows = [row async for row in index.all_rows(self._objects, rendered)]
        await self._operations.indexed(rows, rendered, complete=True)
        log.info("index_rebuilt", bots=len(rows))

    def _complain(self, error: Exception) -> None:
        if isinstance(error, FleetError | OSError):
            self._trouble = str(error) or type(error).__name__
            log.warning("committer_waits", reason=self._trouble)
        else:
            self._trouble = f"it failed inside ({type(error).__name__}); its log has the cause"
            log.exception("committer_failed")


def _refused(results: Mapping[str, Result]) -> dict[str, Result]:
    return {operation: result for operation, result in results.items() if isinstance(result, Refused)}


class _Lines:
    """The tips of the deploy branches while a batch grows on them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._before: dict[str, str | None] = {}
        self.tips: dict[str, str] = {}

    async def parent(self, branch: str) -> str | None:
        """The commit that the next one on the branch follows."""
        if branch not in self._before:
            self._before[branch] = await self._objects.resolve(branch)
        return self.tips.get(branch, self._before[branch])

    def moves(self) -> list[Move]:
        return [Move(branch, self._before[branch], tip) for branch, tip in self.tips.items()]


def _main_commit(together: Together, tip: str, at: datetime) -> NewCommit:
    request = together.request
    message, files = together.message, together.files()
    return NewCommit("main", tip, request.author, request.at, message, files, at)


def _again(before: Prepared, bots: Mapping[str, Prepared]) -> Prepared | None:
    """What an operation of ours that was cut short has come to, in the shape that it had."""
    if not bots:
        return None
    return Prepared.of_many(bots) if before.bots else next(iter(bots.values()))
