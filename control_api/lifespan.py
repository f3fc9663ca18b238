"""What runs beside the calls: the leader's work where we lead, the audit of pushes, rings from others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import structlog

from control_api import fleet
from control_api.bots import index
from control_api.database import Database, DatabaseAwayError
from control_api.engines.local import LocalEngine
from control_api.engines.protocol import Engine
from control_api.git.pushes import Pushes
from control_api.kit.bells import Bells
from control_api.kit.fingerprints import Fingerprints
from control_api.kit.tasks import Tasks
from control_api.leader.alone import alone
from control_api.leader.carrier import Carrier
from control_api.leader.duties import lead
from control_api.leader.election import HOSTED, Election
from control_api.leader.lease import Lease
from control_api.managed_bots.manager import Manager
from control_api.migrating import migrated
from control_api.operations.ledger import OPERATIONS_BELL, StoredOperations
from control_api.platform import Platform
from control_api.settings import ControlSettings
from control_api.users.service import seed

log = structlog.get_logger()

EngineMaker = Callable[[ControlSettings], Engine]
_SOON = 1.0


def engine_of(settings: ControlSettings) -> Engine:
    """The engine that the settings name; what a cluster needs is imported only there."""
    if settings.engine == "kubernetes":
        from control_api.engines.kubernetes.engine import KubernetesEngine

        return KubernetesEngine(settings)
    return LocalEngine(settings.places)


@asynccontextmanager
async def running(settings: ControlSettings, make_engine: EngineMaker) -> AsyncIterator[Platform]:
    """Prepares the home and the database, and keeps the background tasks running for the block."""
    await fleet.prepare(settings)
    async with alone(settings) as name:
        await migrated(settings)
        platform, tasks = await _platform(settings, make_engine, name), Tasks()
        _start(platform, tasks)
        platform.ready = True
        log.info("control_api_ready", url=settings.url, leads=platform.election.leads)
        try:
            yield platform
        finally:
            platform.ready = False
            await tasks.aclose()
            if platform.manager is not None:
                await platform.manager.aclose()
            await platform.engine.aclose()
            await platform.fleet.aclose()
            await platform.database.aclose()


async def _platform(settings: ControlSettings, make_engine: EngineMaker, name: str) -> Platform:
    database, bells = Database(settings.database), Bells()
    lease = Lease(database, name, settings.fleet_remote or HOSTED)
    election = Election(lease, shared=database.is_shared)
    await election.enter()
    async with database.writing() as session:
        await seed(session, settings)
    if election.leads:
        await index.check(database)
    leaders = database.fenced(lease.check)
    fleet_here = fleet.Fleet(settings, StoredOperations(leaders, bells), lambda: election.leads)
    return Platform(
        settings=settings,
        database=database,
        leaders_database=leaders,
        election=election,
        fleet=fleet_here,
        engine=make_engine(settings),
        bells=bells,
        fingerprints=Fingerprints(settings.places.age_key.with_name("requests.key")),
        pushes=Pushes(fleet_here, database),
        manager=Manager(settings) if settings.telegram_manager_token is not None else None,
    )


def _start(platform: Platform, tasks: Tasks) -> None:
    away = (DatabaseAwayError,)
    tasks.start("leader", lambda: platform.election.run(lambda: lead(platform)), expected=away, longest=_SOON)
    tasks.start("pushes", platform.pushes.run, expected=away, longest=_SOON)
    if platform.database.is_shared:

        def heard(topics: Collection[str]) -> None:
            if OPERATIONS_BELL in topics:
                platform.fleet.committer.nudge()

        carrier = Carrier(platform.database, platform.bells, heard)
        tasks.start("rings to others", carrier.tell, expected=(Exception,), longest=_SOON)
        tasks.start("rings from others", carrier.listen, expected=(Exception,), longest=_SOON)
