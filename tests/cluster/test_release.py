"""From a commit of the committer to a ready pod and back, by Flux, Helm and Kubernetes as they are."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from lightkube.resources.core_v1 import Secret

from agent_runtime.spec import BotId
from tests.cluster.cluster import HelmRelease
from tests.cluster.fleet import SyncedFleet, spec
from tests.cluster.pods import address, said, uid

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_a_commit_becomes_a_ready_pod_and_its_deletion_none(fleet: SyncedFleet) -> None:
    bot = BotId("alice", "hello")
    await fleet.deploy(bot, spec(bot))
    first = await fleet.ready(bot)
    assert httpx2.get(address(first)).text == f"{bot}\n"
    assert fleet.cluster.conditions(HelmRelease, "hello", "user-alice")["Ready"][0] == "True"

    await fleet.fleet.commit("delete", bot)
    await fleet.sync(bot.owner)
    await fleet.gone(bot)


async def test_a_changed_specification_or_secret_starts_another_pod(fleet: SyncedFleet) -> None:
    bot = BotId("bob", "keeper")
    await fleet.deploy(bot, spec(bot), sealed=await fleet.fleet.seal({"A_KEY": "first value"}, bot))
    first = await fleet.ready(bot)
    secret = fleet.cluster.client.get(Secret, "keeper.a-key", namespace="user-bob")
    assert list(secret.data or ()) == ["bob.keeper.A_KEY"]

    await fleet.fleet.commit("change", bot, patch={"instructions": "You are short."})
    await fleet.sync(bot.owner)
    second = await fleet.another(bot, first)

    await fleet.fleet.commit("change", bot, sealed=await fleet.fleet.seal({"A_KEY": "second value"}, bot))
    await fleet.sync(bot.owner)
    third = await fleet.another(bot, second)
    assert len({uid(first), uid(second), uid(third)}) == 3


async def test_two_owners_have_bots_of_the_same_name(fleet: SyncedFleet) -> None:
    bots = [BotId("carol", "twin"), BotId("dave", "twin")]
    for bot in bots:
        await fleet.deploy(bot, spec(bot))
    for bot in bots:
        assert await asyncio.to_thread(said, bot.owner, bot.name) == f"{bot}\n"
