"""What runs beside the calls: the committer, the engine's watchers, the proofs, reports, upkeep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog

from control_api import fleet, upkeep
from control_api.bots import index
from control_api.database import Database, migrate
from control_api.engines.bulk_proof import BulkProof
from control_api.engines.driver import Driver
from control_api.engines.local import LocalEngine
from control_api.engines.proof import Proof
from control_api.engines.protocol import Engine, EngineAwayError
from control_api.engines.world import World
from control_api.git.pushes import Pushes
from control_api.kit.bells import Bells
from control_api.kit.fingerprints import Fingerprints
from control_api.kit.tasks import Tasks
from control_api.models import Operation
from control_api.operations import plan
from control_api.operations.ledger import StoredOperations
from control_api.platform import Platform
from control_api.settings import ControlSettings
from control_api.usage.reports import Reports
from control_api.users.service import seed

log = structlog.get_logger()

EngineMaker = Callable[[ControlSettings], Engine]
_PROOFS_AT_A_TIME = 4
_SOON = 1.0


def local_engine(settings: ControlSettings) -> Engine:
    """The engine of one machine."""
    return LocalEngine(settings.places)


@asynccontextmanager
async def running(settings: ControlSettings, make_engine: EngineMaker) -> AsyncIterator[Platform]:
    """Prepares the home and the database, and keeps the background tasks running for the block."""
    await fleet.prepare(settings)
    await migrate(settings)
    database, bells, tasks = Database(settings.database), Bells(), Tasks()
    async with database.writing() as session:
        await seed(session, settings)
    await index.check(database)
    fleet_here = fleet.Fleet(settings, StoredOperations(database, bells))
    fingerprints = Fingerprints(settings.places.age_key.with_name("requests.key"))
    pushes = Pushes(fleet_here, database)
    platform = Platform(settings, database, fleet_here, make_engine(settings), bells, fingerprints, pushes)
    _start(platform, tasks)
    platform.ready = True
    log.info("control_api_ready", url=settings.url)
    try:
        yield platform
    finally:
        platform.ready = False
        await tasks.aclose()
        await platform.engine.aclose()
        await fleet_here.aclose()
        await database.aclose()


def _start(platform: Platform, tasks: Tasks) -> None:
    engine = platform.engine
    world = World(platform.database, platform.bells)
    width = asyncio.Semaphore(_PROOFS_AT_A_TIME)

    def proof(operation: Operation) -> Proof:
        make = BulkProof if operation.kind == plan.BULK else Proof
        return make(
            operation,
            database=platform.database,
            bells=platform.bells,
            fleet=platform.fleet,
            engine=engine,
            world=world,
            settings=platform.settings,
            width=width,
        )

    async def watch_bots() -> None:
        world.begin_watch()
        await engine.watch_bots(world)

    away = (EngineAwayError,)
    tasks.start("committer", platform.fleet.committer.run)
    tasks.start("proofs", Driver(platform.database, platform.bells, proof).run)
    tasks.start("bots' status", world.keep)
    tasks.start("watch of bots", watch_bots, expected=away, longest=_SOON)
    tasks.start("watch of commits", lambda: engine.watch_commits(world), expected=away, longest=_SOON)
    tasks.start("reports", Reports(platform.database, platform.bells, engine.inner).run)
    tasks.start("pushes", platform.pushes.run)
    tasks.start("upkeep", partial(upkeep.run, platform.database))
