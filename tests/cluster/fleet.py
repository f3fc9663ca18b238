"""A fleet repository that the cluster's Flux reads, written by the real committer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from lightkube import ApiError
from lightkube.resources.core_v1 import Pod
from lightkube.types import PatchType

from agent_runtime.home import Home
from agent_runtime.spec import BotId, templates
from gitops import layout
from gitops.fleet_file import Fleet as Settings
from gitops.keys import make_keys
from gitops.repository import initialise
from gitops.serve import http_backend
from gitops.write import BOTYARD, Batch, Move, NewCommit, move
from tests.cluster import pods
from tests.cluster.cluster import Cluster, GitRepository, Kustomization
from tests.cluster.platform import CLUSTER, SHARDS, install
from tests.gitops.fleet import Fleet
from tests.journeys.processes import eventually
from tests.simulators.serving import serving


class SyncedFleet:
    """`fleet` is the repository with its committer. Waits are in a thread: this one serves the repository."""

    def __init__(self, cluster: Cluster, fleet: Fleet, url: str) -> None:
        self.cluster = cluster
        self.fleet = fleet
        self._url = url

    async def install(self) -> None:
        """What `charts/botyard` installs for Flux, and the platform's branch applied."""
        while await self.fleet.committer.once():
            pass
        key = self.fleet.home.age_key.read_text()
        await asyncio.to_thread(install, self.cluster, self._url, "none is asked for", key)
        await asyncio.to_thread(self.cluster.await_ready, Kustomization, "platform", "botyard")

    async def sync(self, owner: str) -> None:
        """Ask Flux to look at the owner's shard now, as the control API does after a commit."""
        name = f"shard-{layout.shard(owner, SHARDS)}"
        asked = {
            "metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": datetime.now(UTC).isoformat()}}
        }
        patch = partial(self.cluster.client.patch, GitRepository, name, asked, namespace="botyard")
        await asyncio.to_thread(patch, patch_type=PatchType.MERGE)

    async def deploy(self, bot: BotId, spec: dict[str, Any], **more: Any) -> None:
        """Commit the bot and wait until its pod is ready."""
        await self.fleet.commit("deploy", bot, spec=spec, **more)
        await self.sync(bot.owner)
        await self.given(bot)
        await self.ready(bot)

    async def given(self, bot: BotId) -> None:
        """Write the Secret that the control API writes for each bot, once its owner's namespace is there."""
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": bot.name, "namespace": f"user-{bot.owner}"},
        }

        def written() -> bool:
            try:
                self.cluster.apply([secret])
            except ApiError as error:
                if error.status.code != 404:
                    raise
                return False
            return True

        await asyncio.to_thread(eventually, f"{bot.owner} has a namespace", written)

    async def force(self, owner: str, files: Mapping[str, bytes]) -> None:
        """Commit files to the owner's deploy branch as one who goes around the committer."""
        branch = layout.deploy_branch(CLUSTER, layout.shard(owner, SHARDS))
        now, tip = datetime.now(UTC), await self.fleet.objects.resolve(branch)
        async with Batch(self.fleet.repository, now) as batch:
            [commit] = await batch.add([NewCommit("forced", tip, BOTYARD, now, "Forced\n", files)])
        await move(self.fleet.repository, [Move(branch, tip, commit)])

    async def released(self, bot: BotId) -> bytes:
        """The bot's release file."""
        branch = layout.deploy_branch(CLUSTER, layout.shard(bot.owner, SHARDS))
        content = await self.fleet.objects.read(branch, layout.release_path(bot))
        assert content is not None
        return content

    async def refused(self, owner: str, saying: str = "") -> str:
        """Why the owner's shard is not applied, once it is not, and for a reason that says so."""
        name = f"shard-{layout.shard(owner, SHARDS)}"

        def reason() -> str | None:
            status, message = self.cluster.conditions(Kustomization, name, "botyard").get("Ready", ("", ""))
            return message if status == "False" and saying in message else None

        return await asyncio.to_thread(eventually, f"{name} is refused", reason, 60)

    async def ready(self, bot: BotId) -> Pod:
        """The bot's one pod, once it is ready and no other is left."""
        return await asyncio.to_thread(pods.ready, self.cluster, bot.owner, bot.name)

    async def another(self, bot: BotId, before: Pod) -> Pod:
        """The bot's one ready pod, once it is not the one of before."""
        return await asyncio.to_thread(pods.another, self.cluster, bot.owner, bot.name, before)

    async def gone(self, bot: BotId) -> None:
        """Wait until neither the bot's release nor a pod of it is left."""
        await asyncio.to_thread(pods.gone, self.cluster, bot.owner, bot.name)


def spec(bot: BotId, **more: Any) -> dict[str, Any]:
    """A small specification of the bot."""
    return {**templates()[0].spec, "name": bot.name, **more}


@contextlib.asynccontextmanager
async def synced_fleet(cluster: Cluster, folder: Path) -> AsyncIterator[SyncedFleet]:
    """An empty fleet that Flux follows."""
    home = Home.at(folder / "home")
    recipient = make_keys(home)
    await initialise(home.fleet, recipient, Settings(clusters=(CLUSTER,), shards=SHARDS))
    fleet = Fleet(home, recipient)
    async with serving(http_backend(home.fleet)) as url:
        synced = SyncedFleet(cluster, fleet, url)
        await synced.install()
        yield synced
    await fleet.aclose()
