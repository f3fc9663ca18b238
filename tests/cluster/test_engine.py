"""The engine of a cluster beside real Flux, Helm and Kubernetes: what happens there, in steps and phases."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
import pytest_asyncio
import yaml
from lightkube import ApiError
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Pod, Secret

from agent_runtime.spec import BotId
from agent_runtime.store.postgres import make_role, role_of
from control_api.engines.kubernetes.engine import KubernetesEngine
from control_api.engines.protocol import EngineAwayError, Status, StepFailedError
from control_api.settings import ControlSettings
from gitops import layout
from gitops.operations import Prepared
from tests.cluster.fleet import SyncedFleet, spec
from tests.journeys.processes import eventually
from tests.postgres import Postgres

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


class Heard:
    """Keeps what an engine reports, and lets tests wait for it."""

    def __init__(self) -> None:
        self.commits: list[str] = []
        self.refusals: dict[str, tuple[str, str | None]] = {}
        self.statuses: dict[str, Status] = {}
        self.drifts: list[str] = []
        self.is_complete = False
        self._changed = asyncio.Condition()

    async def applied(self, branch: str, commit: str, commits: Sequence[str], bots: Sequence[str]) -> None:
        self.commits.append(commit)
        await self._ring()

    async def refused(self, bot: str, reason: str, revision: str | None) -> None:
        self.refusals[bot] = (reason, revision)
        await self._ring()

    async def status(self, status: Status) -> None:
        self.statuses[status["id"]] = status
        await self._ring()

    async def removed(self, bot: str) -> None:
        self.statuses.pop(bot, None)
        await self._ring()

    async def drifted(self, bot: str, what: str) -> None:
        self.drifts.append(bot)
        await self._ring()

    async def complete(self) -> None:
        self.is_complete = True
        await self._ring()

    async def until(self, what: str, condition: Callable[[], bool], seconds: float = 60) -> None:
        """Waits for it; fails with all that was heard."""
        try:
            async with self._changed, asyncio.timeout(seconds):
                await self._changed.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"not heard that {what}: {self.statuses} {self.refusals}") from None

    async def phase(self, bot: BotId, phase: str, revision: str | None = None) -> Status:
        """The bot's status, once it has this phase, at this revision where one is named."""

        def is_so() -> bool:
            status = self.statuses.get(str(bot), {})
            return status.get("phase") == phase and revision in (None, status.get("revision"))

        await self.until(f"{bot} is {phase}", is_so)
        return self.statuses[str(bot)]

    async def _ring(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Watched:
    """The engine with what it reports, and the database that it gives the pods roles in."""

    def __init__(
        self, fleet: SyncedFleet, engine: KubernetesEngine, heard: Heard, database: Postgres
    ) -> None:
        self.fleet, self.engine, self.heard, self.database = fleet, engine, heard, database

    async def commit(self, kind: Any, bot: BotId, **more: Any) -> Prepared:
        """A change, applied by Flux."""
        prepared = await self.fleet.fleet.commit(kind, bot, **more)
        assert prepared.deploy_commit is not None
        await self.engine.nudge(prepared.branch, prepared.deploy_commit)
        await self.heard.until("it is applied", lambda: prepared.deploy_commit in self.heard.commits)
        return prepared

    async def live(self, bot: BotId) -> Status:
        """Deploys a bot, and its status once it is started."""
        prepared = await self.commit("deploy", bot, spec=spec(bot))
        async with asyncio.timeout(60):
            status = await self.engine.start(str(bot))
        assert (status["phase"], status["revision"]) == ("live", prepared.revision)
        return status

    def has_role(self, bot: BotId) -> bool:
        with self.database.connect() as connection:
            name = role_of(str(bot))
            return (
                connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None
            )

    def secret(self, bot: BotId) -> dict[str, str] | None:
        """What the bot's pod is given, by name; None if it is given nothing."""
        try:
            found = self.fleet.cluster.client.get(Secret, bot.name, namespace=f"user-{bot.owner}")
        except ApiError as error:
            if error.status.code != 404:
                raise
            return None
        return dict(found.data or {})


@contextlib.asynccontextmanager
async def watching(fleet: SyncedFleet, database: Postgres) -> AsyncIterator[tuple[KubernetesEngine, Heard]]:
    """An engine and what it reports. Bots are stand-ins that say nothing of themselves: nobody asks them."""
    settings = ControlSettings(
        home=fleet.fleet.home.root,
        database_url=database.url,
        engine="kubernetes",
        kubeconfig=fleet.cluster.kubeconfig,
        proof=False,
    )
    engine, heard = KubernetesEngine(settings), Heard()

    async def go_on(watch: Any) -> None:
        while True:
            with contextlib.suppress(EngineAwayError):
                await watch(heard)
            await asyncio.sleep(0.2)

    tasks = [asyncio.create_task(go_on(each)) for each in (engine.watch_commits, engine.watch_bots)]
    try:
        await heard.until("all bots are told", lambda: heard.is_complete)
        yield engine, heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await engine.aclose()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def watched(fleet: SyncedFleet) -> AsyncIterator[Watched]:
    """The engine that leads."""
    with Postgres() as database:
        async with watching(fleet, database) as (engine, heard):
            yield Watched(fleet, engine, heard, database)


async def test_a_bot_is_told_from_its_commit_to_its_end(watched: Watched) -> None:
    bot = BotId("grace", "told")
    await watched.live(bot)
    assert watched.has_role(bot)
    given = watched.secret(bot)
    assert given is not None
    assert "BOTYARD_DATABASE_URL" in given

    changed = await watched.commit("change", bot, patch={"instructions": "You are short."})
    await watched.heard.phase(bot, "live", changed.revision)
    await watched.commit("pause", bot)
    await watched.heard.phase(bot, "paused")
    await watched.commit("delete", bot)
    await watched.heard.until("it is removed", lambda: str(bot) not in watched.heard.statuses)

    def nothing_is_left() -> bool:
        return not watched.has_role(bot) and watched.secret(bot) is None

    await asyncio.to_thread(eventually, "its role and its Secret are gone", nothing_is_left)


async def test_a_refused_release_has_its_reason_and_is_healed_by_the_next(watched: Watched) -> None:
    bot = BotId("heidi", "forged")
    await watched.live(bot)
    release = yaml.safe_load(await watched.fleet.released(bot))
    release["spec"]["suspend"] = True
    await watched.fleet.force(bot.owner, {layout.release_path(bot): yaml.safe_dump(release).encode()})
    await watched.fleet.sync(bot.owner)
    status = await watched.heard.phase(bot, "degraded")
    assert "spec.suspend" in status["reason"]
    reason, revision = watched.heard.refusals[str(bot)]
    assert "spec.suspend" in reason
    assert revision not in (None, status["revision"])
    [flux] = [part for part in await watched.engine.health() if part.name == "flux"]
    assert not flux.ok
    assert "spec.suspend" in (flux.detail or "")

    healed = await watched.commit("change", bot, patch={"description": "Was forged"})
    await watched.heard.phase(bot, "live", healed.revision)


async def test_a_quota_without_room_fails_the_start_with_its_words(watched: Watched) -> None:
    bot = BotId("ivan", "crowded")
    await watched.live(bot)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "0"}}}
    tight = {**quota, "metadata": {"name": "tight", "namespace": "user-ivan"}}
    await asyncio.to_thread(watched.fleet.cluster.apply, [tight])
    await watched.commit("change", bot, patch={"instructions": "You are short."})
    with pytest.raises(StepFailedError, match="exceeded quota: tight") as failed:
        async with asyncio.timeout(60):
            await watched.engine.start(str(bot))
    assert "larger quota" in (failed.value.next_step or "")


async def test_what_somebody_changes_past_the_fleet_is_put_back_and_told(watched: Watched) -> None:
    bot = BotId("judy", "edited")
    await watched.live(bot)
    edit = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}
    client = watched.fleet.cluster.client
    await asyncio.to_thread(client.patch, Deployment, "edited", edit, namespace="user-judy")
    await watched.heard.until("it drifted", lambda: str(bot) in watched.heard.drifts)

    def as_before() -> bool:
        found = client.get(Deployment, "edited", namespace="user-judy").to_dict()
        return bool(found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 60)

    await asyncio.to_thread(eventually, "it is put back", as_before)
    await watched.heard.phase(bot, "live")


async def test_another_that_takes_over_hears_all_of_it_at_once(watched: Watched) -> None:
    """As it is when the leader dies: the next begins with nothing in its memory."""
    bot = BotId("kate", "kept")
    status = await watched.live(bot)
    async with watching(watched.fleet, watched.database) as (_, heard), asyncio.timeout(15):
        await heard.phase(bot, "live", status["revision"])
        assert set(heard.statuses) == set(watched.heard.statuses)


async def test_a_pod_that_cannot_be_mounted_says_what_is_missing(watched: Watched) -> None:
    bot, client = BotId("laura", "locked"), watched.fleet.cluster.client
    sealed = await watched.fleet.fleet.seal({"A_KEY": "first value"}, bot)
    await watched.commit("deploy", bot, spec=spec(bot), sealed=sealed)
    await watched.heard.phase(bot, "live")
    pod = await watched.fleet.ready(bot)
    assert pod.metadata is not None
    await asyncio.to_thread(client.delete, Secret, "locked.a-key", namespace="user-laura")
    await asyncio.to_thread(client.delete, Pod, str(pod.metadata.name), namespace="user-laura")

    def says_why() -> bool:
        status = watched.heard.statuses.get(str(bot), {})
        return status.get("phase") == "deploying" and "locked.a-key" in str(status.get("reason"))

    await watched.heard.until("the missing secret is named", says_why)
    status = watched.heard.statuses[str(bot)]
    assert "FailedMount" in status["reason"]
    assert status["next_step"] == "Set that secret of the bot again."
    sealed = await watched.fleet.fleet.seal({"A_KEY": "second value"}, bot)
    await watched.commit("change", bot, sealed=sealed)
    await watched.heard.phase(bot, "live")


async def test_what_a_bot_kept_that_was_deleted_while_nobody_watched_goes(watched: Watched) -> None:
    kept, gone = BotId("mike", "kept"), BotId("nina", "gone")
    await watched.live(kept)
    with watched.database.connect() as connection:
        for bot in (kept, gone):
            make_role(connection, str(bot), secrets.token_urlsafe(16))
            connection.execute("INSERT INTO botyard_runtime.bot VALUES (%s, 'r', '{}')", (str(bot),))

    def remembered() -> set[str]:
        with watched.database.connect() as connection:
            rows = connection.execute("SELECT id FROM botyard_runtime.bot").fetchall()
        return {str(each) for (each,) in rows}

    async with watching(watched.fleet, watched.database):
        await asyncio.to_thread(eventually, "it is forgotten", lambda: str(gone) not in remembered())
        await asyncio.to_thread(eventually, "its role is gone", lambda: not watched.has_role(gone))
    assert str(kept) in remembered()
    assert watched.has_role(kept)
