"""Bulk writes: one operation and one commit for many bots, all or nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.control_api.databases import BOTH
from tests.control_api.engines import REPLY, TokenRefusedEngine
from tests.control_api.service import Service, running, spec

DATABASES = BOTH


def create(name: str, owner: str = "admin", **more: Any) -> dict[str, Any]:
    return {"op": "create", "id": f"{owner}.{name}", "spec": spec(name), **more}


async def bulk(service: Service, items: list[dict[str, Any]], wait: int = 15) -> httpx2.Response:
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    return await service.http.post("/bulk", json=items, headers=headers)


async def bot(service: Service, name: str) -> dict[str, Any]:
    answer = await service.http.get(f"/bots/admin.{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def newest(service: Service, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await service.http.get(f"/bots/admin.{name}/history")).json()["items"][0]
    return found


async def test_bots_are_created_changed_and_deleted_by_one_commit(service: Service) -> None:
    await service.deploy("old")
    await service.deploy("kept")
    answer = await bulk(
        service,
        [
            create("one", secrets={"KEY": "s3cret"}),
            {"op": "update", "id": "admin.kept", "spec": {"description": "Changed"}},
            {"op": "delete", "id": "admin.old"},
        ],
    )
    assert answer.status_code == 200, answer.text
    operation = answer.json()["operation"]
    assert answer.json()["bots"] == ["admin.one", "admin.kept", "admin.old"]
    assert (operation["kind"], operation["bot"], operation["state"]) == ("bulk", None, "succeeded")
    assert [step["state"] for step in operation["steps"]] == ["succeeded"] * 6
    assert operation["steps"][-1]["detail"] == f"admin.one: {REPLY}"
    for name in ("one", "kept"):
        entry = await newest(service, name)
        assert (entry["commit"], entry["operation"]) == (operation["commit"], operation["id"])
    assert (await bot(service, "one"))["secrets"]["KEY"]["set"] is True
    assert (await bot(service, "kept"))["spec"]["description"] == "Changed"
    assert (await bot(service, "kept"))["status"]["proven"] is True
    assert (await service.http.get("/bots/admin.old")).status_code == 404
    listed = (await service.http.get("/operations", params={"bot": "admin.kept"})).json()["items"]
    assert [each["kind"] for each in listed] == ["bulk", "deploy"]


async def test_a_sample_is_proven_and_each_bot_says_whether_it_was(service: Service) -> None:
    answer = await bulk(service, [create(f"b{number}") for number in range(9)])
    assert answer.status_code == 200, answer.text
    proven = [(await bot(service, f"b{number}"))["status"]["proven"] for number in range(9)]
    assert proven == [True, False, False, False, True, False, False, False, True]
    assert sorted(service.engine.starts) == ["admin.b0", "admin.b4", "admin.b8"]


async def test_one_bad_item_refuses_all_and_every_fault_is_pointed_at(service: Service) -> None:
    items = [create(f"b{number}") for number in range(4)]
    items[1]["spec"]["instrutions"] = "Hm."
    items[3]["spec"]["name"] = "other"
    answer = await bulk(service, items)
    assert answer.status_code == 422, answer.text
    pointers = [each["pointer"] for each in answer.json()["errors"]]
    assert pointers == ["/1/spec/instrutions", "/3/spec/name"]
    assert (await service.http.get("/bots")).json()["items"] == []
    assert (await service.http.get("/operations")).json()["items"] == []


async def test_a_secret_that_cannot_be_sealed_is_pointed_at(service: Service) -> None:
    answer = await bulk(service, [create("a"), create("b", secrets={"KEY": "\u0085"})])
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/1/secrets/KEY"
    assert (await service.http.get("/bots")).json()["items"] == []


async def test_refusals_name_the_item(service: Service) -> None:
    await service.deploy("taken")
    for items, status, pointer in (
        ([create("a"), create("a")], 422, "/1/id"),
        ([create("a"), {"op": "delete", "id": "no id"}], 422, "/1/id"),
        ([{"op": "create", "id": "admin.a"}], 422, "/0/spec"),
        ([{"op": "delete", "id": "admin.taken", "spec": {}}], 422, "/0/spec"),
        ([create("a"), create("taken")], 409, "/1/id"),
        ([{"op": "update", "id": "admin.nobody", "spec": {}}], 404, "/0/id"),
        ([create("a", owner="nobody")], 404, "/0/id"),
        ([{"op": "pause", "id": "admin.taken"}], 422, "/0/op"),
    ):
        answer = await bulk(service, items)
        assert answer.status_code == status, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await service.http.post("/bulk", json=[])).status_code == 422


async def test_a_bulk_refused_at_the_commit_gives_its_names_back(service: Service) -> None:
    await service.deploy("b1")
    committer = service.app.state.platform.fleet.committer
    # The deletion waits ahead of the bulk, which is checked while the bot is still there.
    hold, committer.once = committer.once, _idle
    removed = await service.http.delete("/bots/admin.b1")
    change = {"op": "update", "id": "admin.b1", "spec": {"description": "x"}}
    accepted = await bulk(service, [create("b2"), change], wait=0)
    assert (removed.status_code, accepted.status_code) == (202, 202), accepted.text
    committer.once = hold
    committer.nudge()
    operation = await ended(service, accepted)
    assert (operation["state"], operation["commit"]) == ("failed", None)
    assert operation["error"]["errors"][0]["pointer"] == "/1"
    assert (await service.http.get("/bots/admin.b2")).status_code == 404


async def _idle() -> bool:
    return False


async def ended(service: Service, accepted: httpx2.Response) -> dict[str, Any]:
    """The operation, once it has ended."""
    for _ in range(400):
        answer = await service.http.get(accepted.headers["Location"].removeprefix("/api/v1"))
        operation: dict[str, Any] = answer.json()
        if operation["state"] in {"succeeded", "failed"}:
            return operation
        await asyncio.sleep(0.05)
    raise AssertionError(operation)


async def test_a_bulk_that_changes_nothing_makes_no_commit(service: Service) -> None:
    await service.deploy("one")
    answer = await bulk(service, [{"op": "update", "id": "admin.one", "spec": spec("one")}])
    assert answer.status_code == 200, answer.text
    assert answer.json()["operation"]["commit"] is None


async def test_the_same_key_makes_one_operation(service: Service) -> None:
    items = [create("one"), create("two")]
    answers = [
        await service.http.post("/bulk", json=items, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].json()["operation"]["id"] == answers[1].json()["operation"]["id"]


async def test_a_newer_change_of_one_bot_takes_it_over(service: Service) -> None:
    accepted = await bulk(service, [create("one"), create("two")], wait=0)
    assert accepted.status_code == 202
    answer = await service.write("PATCH", "/bots/admin.one", json={"spec": {"description": "Newer"}})
    assert answer.status_code == 200, answer.text
    assert (await ended(service, accepted))["state"] == "succeeded"


async def test_one_bot_that_cannot_connect_fails_the_operation_and_is_named(home: Path) -> None:
    async with running(home, TokenRefusedEngine) as service:
        telegram = {"channels": {"telegram": {"token": {"secret": "TOKEN"}}}}
        bad = {
            "op": "create",
            "id": "admin.bad",
            "spec": spec("bad", **telegram),
            "secrets": {"TOKEN": "1:a"},
        }
        answer = await bulk(service, [create("good"), bad])
        assert answer.status_code == 409, answer.text
        assert "admin.bad: telegram: the token is refused" in answer.json()["detail"]
        assert (await bot(service, "bad"))["status"]["phase"] in {"failed", "degraded"}
        assert (await newest(service, "good"))["operation"] == answer.json()["operation"]["id"]


@pytest.mark.long
async def test_two_hundred_bots_take_seconds_and_nobody_else_waits(service: Service) -> None:
    longest, done = 0.0, asyncio.Event()

    async def look() -> None:
        nonlocal longest
        while not done.is_set():
            began = time.monotonic()
            assert (await service.http.get("/me")).status_code == 200
            longest = max(longest, time.monotonic() - began)
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look())
    began = time.monotonic()
    answer = await bulk(service, [create(f"b{number}") for number in range(200)], wait=60)
    took = time.monotonic() - began
    done.set()
    await looking
    assert answer.status_code == 200, answer.text
    print(f"200 bots: {took:.2f} s, longest wait of another call {longest * 1000:.0f} ms")
    assert took < 15
    assert longest < 1
