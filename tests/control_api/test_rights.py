"""A stream tells nothing more to somebody whose rights have ended since it began."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from control_api.models import ManagedBot, now
from tests.control_api.databases import BOTH
from tests.control_api.engines import SilentEngine
from tests.control_api.service import Service, events, running, spec, until

DATABASES = BOTH
_LINK = "/managed-bots/mb_crew"
_STREAMS = (
    "/events",
    "/bots/crew.support/events",
    "/bots/crew.support/logs?follow=true",
    f"{_LINK}/events",
)
_TOPICS = ("bots", "bot:crew.support", "everybody", "link:mb_crew")


class Watching:
    """Somebody who watches one stream to its end."""

    def __init__(self, http: httpx2.AsyncClient, path: str) -> None:
        self.told: list[tuple[str, Any]] = []
        self.ended = asyncio.create_task(self._watch(http, path))

    async def _watch(self, http: httpx2.AsyncClient, path: str) -> None:
        async with http.stream("GET", path) as response:
            assert response.status_code == 200, path
            async for _, name, data in events(response):
                self.told.append((name, data))

    async def refusal(self) -> int:
        """The status that the stream ended with."""
        await asyncio.wait_for(self.ended, 3)
        name, data = self.told[-1]
        assert name == "error", self.told
        assert data["problem"]["detail"]
        return int(data["problem"]["status"])

    def hears_of(self, bot: str) -> bool:
        return any(data.get("id") == bot for name, data in self.told if name == "bot")


async def _crew(service: Service) -> httpx2.AsyncClient:
    """Alice, who may look at the bots of the team `crew` and at a link by which one more is made."""
    alice = await service.user("alice")
    assert (await service.http.post("/teams", json={"name": "crew"})).is_success
    assert (await service.http.put("/teams/crew/members/alice", json={"role": "viewer"})).is_success
    assert (await service.deploy(owner="crew")).is_success
    async with service.app.state.platform.database.writing() as session:
        session.add(
            ManagedBot(
                id="mb_crew",
                digest="d",
                user="admin",
                owner="crew",
                bot="crew.orders",
                secret="TELEGRAM_TOKEN",
                operation="op_orders",
                expires_at=now() + timedelta(hours=1),
            )
        )
    return alice


async def _all_open(service: Service, http: httpx2.AsyncClient, *paths: str) -> list[Watching]:
    """Streams of all paths, each of which waits for news."""
    opened = [Watching(http, path) for path in paths]
    waiting = service.app.state.platform.bells._waiting
    await until(lambda: all(waiting.get(topic) for topic in _TOPICS))
    return opened


async def test_a_removed_member_hears_nothing_more_of_the_teams_bots(service: Service) -> None:
    alice = await _crew(service)
    everything, one, log, link = await _all_open(service, alice, *_STREAMS)
    await service.write("POST", "/bots/crew.support/pause")
    await until(lambda: everything.hears_of("crew.support"))

    assert (await service.http.delete("/teams/crew/members/alice")).is_success
    await until(lambda: everything.told[-1][0] == "reset")
    assert (await one.refusal(), await log.refusal()) == (404, 404)
    await asyncio.wait_for(link.ended, 3)
    assert [name for name, _ in link.told] == ["link", "deleted"]
    heard = len(everything.told)
    await service.write("POST", "/bots/crew.support/resume")
    token = await service.token_of(alice, "bots:read", "bots:write")
    await service.client(token).post("/bots", json={"spec": spec("mine")})
    await until(lambda: everything.hears_of("alice.mine"))
    assert "crew.support" not in str(everything.told[heard:])
    everything.ended.cancel()


async def test_a_new_member_is_told_to_read_anew_and_hears_of_the_teams_bots(service: Service) -> None:
    alice = await _crew(service)
    await service.http.delete("/teams/crew/members/alice")
    everything = Watching(alice, "/events")
    await until(lambda: bool(service.app.state.platform.bells._waiting.get("bots")))
    await service.http.put("/teams/crew/members/alice", json={"role": "viewer"})
    await until(lambda: [name for name, _ in everything.told] == ["reset"])
    await service.write("POST", "/bots/crew.support/pause")
    await until(lambda: everything.hears_of("crew.support"))
    everything.ended.cancel()


async def test_streams_of_a_revoked_token_end(service: Service) -> None:
    alice = await _crew(service)
    made = (await alice.post("/tokens", json={"name": "test", "scopes": ["bots:read"]})).json()
    opened = await _all_open(service, service.client(made["token"]), *_STREAMS)
    assert (await alice.delete(f"/tokens/{made['id']}")).is_success
    assert [await each.refusal() for each in opened] == [401] * len(_STREAMS)


@pytest.mark.parametrize("how", ["disabled", "signed out", "new password"])
async def test_streams_of_an_ended_session_end(service: Service, how: str) -> None:
    alice = await _crew(service)
    opened = await _all_open(service, alice, *_STREAMS)
    if how == "disabled":
        answer = await service.http.patch("/users/alice", json={"disabled": True})
    elif how == "signed out":
        answer = await alice.post("/sign-out")
    else:
        answer = await service.http.put(
            "/users/alice/password", json={"password": "a long sentence of words"}
        )
    assert answer.is_success, answer.text
    assert [await each.refusal() for each in opened] == [401] * len(_STREAMS)


async def test_a_link_is_there_for_those_alone_who_may_read_its_owners_bots(service: Service) -> None:
    alice, bob = await _crew(service), await service.user("bob")
    for path in (_LINK, f"{_LINK}/events"):
        assert (await bob.get(path)).status_code == 404
    assert (await alice.get(_LINK)).status_code == 200


async def test_an_operation_is_not_watched_beyond_the_rights_to_it(home: Any) -> None:
    async with running(home, SilentEngine, synced_within=60) as service:
        alice = await service.user("alice")
        await service.http.post("/teams", json={"name": "crew"})
        await service.http.put("/teams/crew/members/alice", json={"role": "viewer"})
        operation = (await service.deploy(owner="crew", wait=0)).json()["operation"]["id"]
        watching = Watching(alice, f"/operations/{operation}/events")
        await until(lambda: bool(watching.told))
        await service.http.delete("/teams/crew/members/alice")
        assert await watching.refusal() == 404
