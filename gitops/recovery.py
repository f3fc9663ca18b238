"""What a crash leaves: operations that were prepared and not settled, an index that is behind its tip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from gitops import git, index, layout
from gitops.objects import Objects
from gitops.operations import Committed, Operations, Prepared, Result

log = structlog.get_logger()


async def settle_unfinished(objects: Objects, operations: Operations) -> Mapping[str, datetime]:
    """Settles the operations whose commits are on their branches; when the others were first made commits."""
    settled: dict[str, Result] = {}
    begun: dict[str, datetime] = {}
    for operation, prepared in (await operations.unfinished()).items():
        if (there := await _that_got_there(objects, prepared)) is not None:
            settled[operation] = Committed(await _as_deployed(objects, there))
        elif (at := await _committed_at(objects, prepared.commit)) is not None:
            begun[operation] = at
    if settled:
        log.info("operations_recovered", operations=len(settled))
        await operations.committed(settled)
    return begun


async def mend_index(objects: Objects, operations: Operations) -> None:
    """Brings the index to the tip: by the difference, or from nothing where it fits no commit of ours."""
    rendered = await objects.resolve(layout.RENDERED)
    shown = await operations.index_tip()
    if rendered is None or shown == rendered:
        return
    if shown is not None and await objects.contains(rendered, shown):
        await operations.indexed(await index.changed_rows(objects, shown, rendered), rendered)
        return
    rows = [row async for row in index.all_rows(objects, rendered)]
    await operations.indexed(rows, rendered, complete=True)
    log.info("index_rebuilt", bots=len(rows))


async def _that_got_there(objects: Objects, prepared: Prepared) -> Prepared | None:
    for attempt in prepared.attempts():
        if await objects.contains(layout.RENDERED, attempt.commit):
            return attempt
    return None


async def _as_deployed(objects: Objects, prepared: Prepared) -> Prepared:
    """As its deploy branch has it: a pushed commit may have been rendered by another Botyard first."""
    if prepared.bots:
        bots = {bot: await _as_deployed(objects, each) for bot, each in prepared.bots.items()}
        return Prepared.of_many(bots)
    if not prepared.branch:
        return prepared
    if await objects.contains(prepared.branch, prepared.deploy_commit):
        return prepared
    tip = await objects.resolve(prepared.branch)
    return replace(prepared, deploy_commit=tip) if tip is not None else prepared


async def _committed_at(objects: Objects, commit: str) -> datetime | None:
    """When a commit was written; None if it is not here."""
    if await objects.resolve(commit) is None:
        return None
    arguments = ("show", "--no-patch", "--format=%ct", "--end-of-options", commit)
    return datetime.fromtimestamp(int(await git.run(objects.repository, *arguments)), UTC)
