"""The installation: its parts, whether it is ready, what it measures."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from agent_runtime.hive_client import HiveAwayError, HiveError
from agent_runtime.spec import EMBEDDED_MODEL
from agent_runtime.supervisor import pss
from agent_runtime.version import version
from control_api.bots import repository as bots
from control_api.caller import Caller
from control_api.database import DatabaseAwayError
from control_api.git.address import PATH
from control_api.machine.checks import machine_checks
from control_api.operations import repository as operations
from control_api.platform import Platform
from control_api.system.schemas import Brain, Check, Checks, Health, Part, System, Wakes
from gitops import layout
from gitops.errors import FleetError

_SECONDS = 3.0


class SystemService:
    """The calls on the installation."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def read(self, caller: Caller) -> System:
        async with self._platform.database.reading() as session:
            count = await bots.count(session)
            waiting = await operations.count_waiting(session)
        settings, vitals = self._platform.settings, await self._vitals()
        parts = [
            part.model_copy(update={"version": vitals.get("version")}) if part.name == "hive" else part
            for part in await self._parts()
        ]
        return System(
            version=version(),
            engine=settings.engine,
            url=settings.url,
            public_url=settings.public_url or None,
            parts=parts,
            brain=Brain(
                name=EMBEDDED_MODEL, label="Demo brain: small, runs on this machine", provider="embedded"
            ),
            bots=count,
            awake=vitals.get("awake"),
            wakes=Wakes.model_validate(vitals["wakes"]) if "wakes" in vitals else None,
            operations_waiting=waiting,
            fleet=(settings.fleet_remote or f"{settings.url}{PATH}") if caller.operator else None,
        )

    async def checks(self, caller: Caller) -> Checks:
        """Looks at the machine; what it asks are programs, so it takes a moment."""
        caller.check_operator()
        found = await asyncio.to_thread(lambda: list(machine_checks(self._platform.settings)))
        return Checks(items=[Check.model_validate(each) for each in found])

    async def _parts(self) -> list[Part]:
        own = [
            *await self._own_parts(),
            self._committer_part(),
            *self._remote_parts(),
            *self._manager_parts(),
        ]
        others = {part.name: part for part in await self._engine_parts()}
        # What it knows of itself, and what its supervisor knows of it.
        kept = others.pop(own[0].name, None)
        if kept is not None:
            own[0] = own[0].model_copy(update={"restarts": kept.restarts, "memory_mib": kept.memory_mib})
        return [*own, *others.values()]

    async def _vitals(self) -> dict[str, Any]:
        try:
            return await self._platform.engine.inner.vitals()
        except (HiveAwayError, HiveError):
            return {}

    async def readiness(self) -> Health:
        """Whether the API accepts work: database and fleet repository answer."""
        parts = await self._own_parts()
        broken = [f"{part.name}: {part.detail}" for part in parts if part.state != "ok"]
        if not self._platform.ready:
            broken.append("it is starting")
        return Health(status="starting", reason="; ".join(broken)) if broken else Health(status="ok")

    async def measure(self) -> None:
        """Brings the gauges up to date."""
        metrics = self._platform.metrics
        async with self._platform.database.reading() as session:
            phases = await bots.phases(session)
            metrics.waiting.set(await operations.count_waiting(session))
        metrics.bots.clear()
        for phase, number in phases.items():
            metrics.bots.labels(phase).set(number)

    async def _own_parts(self) -> list[Part]:
        return [
            Part(name="control", state="ok", version=version(), memory_mib=_mib(pss(os.getpid()))),
            await self._database_part(),
            await self._fleet_part(),
        ]

    async def _database_part(self) -> Part:
        try:
            async with asyncio.timeout(_SECONDS), self._platform.database.reading() as session:
                await (await session.connection()).execute(text("SELECT 1"))
        except (SQLAlchemyError, DatabaseAwayError, TimeoutError) as error:
            return Part(
                name="database", state="failed", detail=f"it does not answer ({type(error).__name__})"
            )
        return Part(name="database", state="ok")

    async def _fleet_part(self) -> Part:
        try:
            async with asyncio.timeout(_SECONDS):
                commit = await self._platform.fleet.objects.resolve(layout.MAIN)
        except (FleetError, TimeoutError, OSError) as error:
            return Part(name="fleet", state="failed", detail=str(error) or type(error).__name__)
        if commit is None:
            return Part(name="fleet", state="failed", detail="the fleet repository has no main branch")
        return Part(name="fleet", state="ok", detail=f"main at {commit[:12]}")

    def _committer_part(self) -> Part:
        if not self._platform.election.leads:
            return Part(name="committer", state="ok", detail="another control API on this database commits")
        trouble = self._platform.fleet.committer.trouble
        if trouble is None:
            return Part(name="committer", state="ok")
        detail = f"{trouble}; changes wait and are tried again, nothing is lost: run `botyard doctor`"
        return Part(name="committer", state="failed", detail=detail)

    def _remote_parts(self) -> Sequence[Part]:
        """The fleet's remote, whose absence stops no work from being accepted."""
        remote = self._platform.fleet.remote
        if remote is None:
            return []
        standing = remote.standing
        state: Literal["ok", "failed", "unknown"] = "ok" if standing.fetched_at else "unknown"
        if standing.reason:
            state = "failed"
        return [Part(name="fleet remote", state=state, detail=standing.said())]

    def _manager_parts(self) -> Sequence[Part]:
        """The manager bot in Telegram, whose troubles the leader knows."""
        manager = self._platform.manager
        if manager is None:
            return []
        if not self._platform.election.leads:
            return [Part(name="manager bot", state="ok", detail="another control API listens to it")]
        state: Literal["ok", "failed"] = "failed" if manager.trouble else "ok"
        return [Part(name="manager bot", state=state, detail=manager.trouble)]

    async def _engine_parts(self) -> Sequence[Part]:
        try:
            async with asyncio.timeout(_SECONDS):
                found = await self._platform.engine.health()
        except TimeoutError:
            return [Part(name="engine", state="unknown", detail="it does not answer in time")]
        return [
            Part(
                name=each.name,
                state="ok" if each.ok else "failed",
                detail=each.detail,
                memory_mib=_mib(each.memory),
                restarts=each.restarts,
            )
            for each in found
        ]


def _mib(memory: int | None) -> float | None:
    return round(memory / 2**20, 1) if memory is not None else None
