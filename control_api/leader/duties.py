"""What the leader does alone: the committer, the watches of the engine, the proofs, reports, upkeep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from control_api import upkeep
from control_api.bots.mending import Mending
from control_api.database import DatabaseAwayError
from control_api.engines.bulk_proof import BulkProof
from control_api.engines.driver import Driver
from control_api.engines.proof import Proof
from control_api.engines.protocol import EngineAwayError
from control_api.engines.world import World
from control_api.kit.tasks import Tasks
from control_api.leader.lease import LeaseLostError
from control_api.managed_bots.ending import Ending
from control_api.managed_bots.handover import Handover
from control_api.managed_bots.updates import Updates
from control_api.models import Operation
from control_api.operations import plan
from control_api.platform import Platform
from control_api.usage.reports import Reports

_PROOFS_AT_A_TIME = 4
_SOON = 1.0
_AWAY = (EngineAwayError, DatabaseAwayError, LeaseLostError)


@asynccontextmanager
async def lead(platform: Platform) -> AsyncIterator[None]:
    """Does all of it for the block. All that it writes is refused once the lease is another's."""
    tasks = Tasks()
    _start(platform, tasks)
    try:
        yield
    finally:
        await tasks.aclose()


def _start(platform: Platform, tasks: Tasks) -> None:
    engine, database, bells = platform.engine, platform.leaders_database, platform.bells
    world = World(database, bells)
    width = asyncio.Semaphore(_PROOFS_AT_A_TIME)

    def proof(operation: Operation) -> Proof:
        make = BulkProof if operation.kind == plan.BULK else Proof
        return make(
            operation,
            database=database,
            bells=bells,
            fleet=platform.fleet,
            engine=engine,
            world=world,
            settings=platform.settings,
            width=width,
        )

    async def watch_bots() -> None:
        world.begin_watch()
        await engine.watch_bots(world)

    if (manager := platform.manager) is not None:
        handover = Handover(platform, manager)
        tasks.start("manager bot", Updates(manager, handover).run, expected=_AWAY, longest=_SOON)
        tasks.start("manager bot's news", Ending(platform, manager).run, expected=_AWAY, longest=_SOON)
    for name, run in (
        ("committer", platform.fleet.committer.run),
        ("proofs", Driver(database, bells, proof).run),
        ("bots' status", world.keep),
        ("watch of bots", watch_bots),
        ("watch of commits", lambda: engine.watch_commits(world)),
        ("reports", Reports(database, bells, engine.inner).run),
        ("mending", Mending(database, platform.fleet, bells).run),
        ("upkeep", partial(upkeep.run, database)),
    ):
        tasks.start(name, run, expected=_AWAY, longest=_SOON)
