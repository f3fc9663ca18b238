"""A bulk operation: many bots, one commit on `main`, one on each deploy branch, or nothing at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from agent_runtime.spec import BotId
from gitops import layout, render
from gitops.history import history
from gitops.intent import Bulk, Intent, Kind
from gitops.operations import Committed, Refused, Result, Unchanged
from tests.gitops.fleet import ALICE, SUPPORT, Fleet, specification
from tests.gitops.test_crash import PLACES, kill

Item = tuple[Kind, BotId, dict[str, Any]]


def bulk(*changes: Item) -> Bulk:
    at = datetime.now(UTC)
    return Bulk(
        "op-bulk",
        ALICE,
        at,
        tuple(Intent("op-bulk", kind, bot, ALICE, at, **more) for kind, bot, more in changes),
    )


def deploys(count: int, owner: str = "alice") -> list[Item]:
    return [
        ("deploy", BotId(owner, f"b{number}"), {"spec": specification(f"b{number}")})
        for number in range(count)
    ]


async def settle(fleet: Fleet, request: Bulk) -> Result:
    fleet.operations.submit(request)
    while request.operation not in fleet.operations.results:
        assert await fleet.committer.once()
    return fleet.operations.results[request.operation]


async def test_all_become_one_commit_and_one_on_each_branch(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    await fleet.commit("deploy", BotId("bob", "old"), spec=specification("old"))
    start = await fleet.objects.resolve(layout.MAIN)
    change: Item = ("change", SUPPORT, {"patch": {"description": "New"}})
    result = await settle(fleet, bulk(*deploys(3), change, ("delete", BotId("bob", "old"), {})))
    assert isinstance(result, Committed)
    assert set(result.prepared.bots) == {"alice.b0", "alice.b1", "alice.b2", "alice.support", "bob.old"}
    assert len(await fleet.objects.commits(start, layout.MAIN)) == 1
    assert len(result.prepared.places()) == 2
    for branch, commit in result.prepared.places():
        assert await fleet.objects.resolve(branch) == commit
    for bot in (BotId("alice", "b1"), SUPPORT):
        newest = (await history(fleet.objects, bot, 1))[0][0]
        assert (newest.commit, newest.operation) == (result.prepared.commit, "op-bulk")
        assert newest.message == "Deploy 3 bots, change 1 bot, delete 1 bot"
    assert BotId("bob", "old") not in fleet.operations.rows
    assert fleet.operations.rows[SUPPORT].data == specification(description="New")
    assert await render.differences(fleet.objects, layout.MAIN) == []


async def test_one_that_cannot_be_made_stops_all_and_is_pointed_at(fleet: Fleet) -> None:
    before = await fleet.objects.resolve(layout.MAIN)
    bad: Item = ("change", SUPPORT, {"patch": {"description": "New"}})
    result = await settle(fleet, bulk(*deploys(2), bad))
    assert isinstance(result, Refused)
    assert (result.status, result.problems[0].pointer) == (404, "/2")
    assert await fleet.objects.resolve(layout.MAIN) == before
    assert fleet.operations.rows == {}


async def test_pointers_lead_into_the_item(fleet: Fleet) -> None:
    spec = specification("b0", channels={"telegram": {"token": {"secret": "TOKEN"}}})
    result = await settle(fleet, bulk(*deploys(1, "bob"), ("deploy", BotId("alice", "b0"), {"spec": spec})))
    assert isinstance(result, Refused)
    assert result.problems[0].pointer.startswith("/1/spec/channels/telegram/token")


async def test_what_changes_nothing_makes_no_commit(fleet: Fleet) -> None:
    await fleet.commit("deploy", spec=specification())
    before = await fleet.objects.resolve(layout.MAIN)
    result = await settle(fleet, bulk(("change", SUPPORT, {"patch": {"instructions": "You are kind."}})))
    assert isinstance(result, Unchanged)
    assert await fleet.objects.resolve(layout.MAIN) == before


async def test_requests_behind_a_bulk_are_applied_on_it(fleet: Fleet) -> None:
    fleet.operations.submit(bulk(*deploys(2)))
    change = fleet.intent("change", BotId("alice", "b1"), patch={"description": "After"})
    while await fleet.committer.once():
        pass
    assert isinstance(fleet.operations.results[change.operation], Committed)
    assert fleet.operations.rows[BotId("alice", "b1")].data == specification("b1", description="After")


@pytest.mark.parametrize("where", PLACES)
async def test_a_crash_neither_loses_nor_doubles_it(fleet: Fleet, where: str) -> None:
    start = await fleet.objects.resolve(layout.MAIN)
    fleet.operations.submit(bulk(*deploys(2), *deploys(2, "bob")))
    await kill(fleet, where)
    await fleet.committer.recover()
    while await fleet.committer.once():
        pass
    result = fleet.operations.results["op-bulk"]
    assert isinstance(result, Committed)
    assert set(result.prepared.bots) == {"alice.b0", "alice.b1", "bob.b0", "bob.b1"}
    for branch, commit in result.prepared.places():
        assert await fleet.objects.contains(branch, commit)
    assert len(await fleet.objects.commits(start, layout.MAIN)) == 1
    assert fleet.operations.people == {}
    assert len(fleet.operations.rows) == 4
    assert await render.differences(fleet.objects, layout.MAIN) == []
