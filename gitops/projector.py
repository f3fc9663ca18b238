"""Renders what others pushed or merged, and what a crash left of our own, onto the deploy branches.

What is about to move is announced before it moves and settled after: nothing is rendered or told twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog

from agent_runtime.failpoints import failpoint
from gitops import index, layout, projection
from gitops.branches import Branches
from gitops.deploy_lines import DeployLines
from gitops.errors import GitError
from gitops.objects import Objects
from gitops.operations import Committed, Operations, Prepared, Refused, Result
from gitops.projection import Projected, Source
from gitops.write import Batch, Move

log = structlog.get_logger()

HELD = "The specification on main is not valid; the last valid one runs on"


class Projector:
    """Brings the deploy branches to what `main` says, so many commits at a time."""

    def __init__(self, objects: Objects, operations: Operations, branches: Branches, limit: int) -> None:
        self._objects = objects
        self._operations = operations
        self._branches = branches
        self._limit = limit

    async def project(self, tip: str) -> bool:
        """Renders the next commits up to `tip` of `main` that are not rendered yet; whether there are any."""
        rendered = await self._objects.resolve(layout.RENDERED)
        if tip == rendered:
            return False
        sources = await projection.sources(self._objects, rendered, tip, self._limit)
        if not sources:
            raise GitError("refs/botyard/rendered is ahead of main; restore main from a backup or a clone")
        done, moves = await self._write(sources)
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
        log.info("main_rendered", commits=len(sources), upto=last)
        return True

    async def _write(self, sources: Sequence[Source]) -> tuple[Projected, list[Move]]:
        line = DeployLines(self._objects)
        done = Projected()
        async with Batch(self._objects.repository, datetime.now(UTC)) as batch:
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


def _refused(results: Mapping[str, Result]) -> dict[str, Result]:
    return {operation: result for operation, result in results.items() if isinstance(result, Refused)}


def _again(before: Prepared, bots: Mapping[str, Prepared]) -> Prepared | None:
    """What an operation of ours that was cut short has come to, in the shape that it had."""
    if not bots:
        return None
    return Prepared.of_many(bots) if before.bots else next(iter(bots.values()))
