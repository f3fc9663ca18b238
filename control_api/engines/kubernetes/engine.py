"""The engine of a cluster: Flux applies the deploy branches, and we watch what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lightkube import AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from agent_runtime.hive_client import Json
from control_api.engines.kubernetes import commits
from control_api.engines.kubernetes.api import (
    PLATFORM,
    GitRepository,
    Kustomization,
    away,
    connect,
    name_of,
    request,
)
from control_api.engines.kubernetes.bots import Bots
from control_api.engines.kubernetes.grants import Grants
from control_api.engines.kubernetes.looks import Looks
from control_api.engines.kubernetes.pods import PodsClient
from control_api.engines.kubernetes.reports import ReportTable
from control_api.engines.kubernetes.revisions import Revisions
from control_api.engines.kubernetes.watch import Object, Watch
from control_api.engines.protocol import (
    EngineAwayError,
    PartHealth,
    Status,
    StepFailedError,
    Watcher,
    in_a_step,
    shown_reply,
)
from control_api.settings import ControlSettings
from gitops.objects import Objects

_LOOK_EVERY = 1.0


class KubernetesEngine:
    """Speaks to the API of one cluster, and to the pods of its bots."""

    name = "kubernetes"

    def __init__(self, settings: ControlSettings, client: AsyncClient | None = None) -> None:
        self._client = client or connect(settings.kubeconfig)
        self._reports = ReportTable(create_async_engine(settings.database, pool_size=1, max_overflow=0))
        self.inner = PodsClient(self._client, self._reports, settings.drafts_url)
        self._objects = Objects(settings.places.fleet)
        self._proves = settings.proof
        self._revisions = Revisions(self._objects)
        self._grants = Grants(self._client, settings)
        self._bots = Bots(self._client, self._revisions, Looks(self._look), self._grants)
        self._sources: dict[str, str] = {}
        self._refusals: dict[str, commits.Refusal] = {}
        self._commits_known = asyncio.Event()

    async def watch_commits(self, watcher: Watcher) -> None:
        watch = Watch(self._client, Kustomization, namespace=PLATFORM)
        async for each in watch.all():
            await self._take(each, watcher, anew=True)
        self._commits_known.set()
        async for each, there in watch.changes():
            if there:
                await self._take(each, watcher, anew=False)

    async def watch_bots(self, watcher: Watcher) -> None:
        # A release that is read after its commit is known to be applied is of that commit, or of a later one.
        await self._commits_known.wait()
        await self._bots.watch(watcher)

    async def nudge(self, branch: str, commit: str) -> None:
        if branch not in self._sources:
            await self._find_sources()
        if (name := self._sources.get(branch)) is None:
            raise EngineAwayError(f"no GitRepository in the namespace {PLATFORM} follows {branch}")
        with away():
            await request(self._client, GitRepository, name, PLATFORM)

    async def start(self, bot: str) -> Status:
        while True:
            status = self._bots.status(bot)
            phase = None if status is None else status["phase"]
            if status is not None and phase == "failed":
                raise StepFailedError(status["reason"] or "it does not run", status["next_step"])
            if status is not None and (phase == "paused" or "channels" in status):
                return status
            await self._bots.stirred(bot, _LOOK_EVERY)

    async def probe(self, bot: str) -> str:
        if not self._proves:
            return ""
        with in_a_step():
            return shown_reply(await self.inner.probe(bot))

    async def health(self) -> Sequence[PartHealth]:
        try:
            with away():
                found = [each async for each in self._client.list(Kustomization, namespace=PLATFORM)]
        except EngineAwayError as error:
            return [PartHealth("cluster", False, str(error))]
        refusals = [
            f"{refusal.place.branch.removeprefix('refs/heads/')}: {refusal.reason}"
            for each in found
            if (refusal := commits.refusal(each)) is not None
        ]
        detail = "; ".join(refusals) or f"{len(found)} shards"
        return [PartHealth("cluster", True), PartHealth("flux", bool(found) and not refusals, detail)]

    async def aclose(self) -> None:
        await self.inner.aclose()
        await self._reports.aclose()
        await self._grants.aclose()
        await self._objects.aclose()
        await self._client.close()

    async def _look(self, bot: str, address: str) -> Json:
        if not self._proves:
            return {"phase": "live", "channels": {"web": {"state": "connected"}}}
        return await self.inner.look(bot, address)

    async def _take(self, kustomization: Object, watcher: Watcher, *, anew: bool) -> None:
        place, refusal = commits.applied(kustomization), commits.refusal(kustomization)
        if place is not None and (anew or not self._revisions.is_applied(place.branch, place.commit)):
            await self._move(place.branch, place.commit, watcher)
        if refusal is not None and (anew or self._refusals.get(refusal.place.branch) != refusal):
            await self._refuse(refusal, watcher)
        elif place is not None and commits.is_ready(kustomization):
            self._refusals.pop(place.branch, None)
            await self._bots.refuse(place.branch, {})

    async def _move(self, branch: str, commit: str, watcher: Watcher) -> None:
        changes = await self._revisions.changes(branch, commit)
        if changes is not None:
            await self._bots.refresh(changes)
            self._revisions.move(branch, commit, changes)
            await self._bots.tell(changes)
            await watcher.applied(branch, commit, (), list(changes))

    async def _refuse(self, refusal: commits.Refusal, watcher: Watcher) -> None:
        """A commit is applied as a whole or not at all: all else in it waits for what is refused."""
        branch, reason = refusal.place.branch, refusal.reason
        changes = await self._revisions.changes(branch, refusal.place.commit) or {}
        named = refusal.bots or tuple(changes)
        held_up = (
            f"{', '.join(named)} of the same shard is refused, and so nothing of it is applied: {reason}"
        )
        self._refusals[branch] = refusal
        await self._bots.refuse(branch, dict.fromkeys(changes, held_up) | dict.fromkeys(named, reason))
        for bot in named:
            if (revision := changes.get(bot) or self._revisions.of(bot)) is not None:
                await watcher.refused(bot, f"the cluster refuses it: {reason}", revision)

    async def _find_sources(self) -> None:
        with away():
            async for each in self._client.list(GitRepository, namespace=PLATFORM):
                if (branch := commits.branch_of(each)) is not None:
                    self._sources[branch] = name_of(each)[1]
