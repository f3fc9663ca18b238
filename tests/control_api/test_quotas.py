"""Quotas of owners: set by operators with a commit, shown as used of a limit, enforced on every way in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.control_api.service import Service, spec
from tests.control_api.test_bulk import bulk, create
from tests.control_api.test_git import address, git


async def test_an_operator_sets_a_quota_by_a_commit_and_everybody_sees_theirs(service: Service) -> None:
    bob = await service.user("bob")
    assert (await bob.get("/me")).json()["quota"] is None
    answer = await service.write("PUT", "/users/bob/quota", json={"bots": 2, "usd_per_day": 5})
    assert answer.status_code == 200, answer.text
    operation = answer.json()["operation"]
    assert (operation["kind"], operation["bot"], operation["state"]) == ("quota", None, "succeeded")
    assert [(step["name"], step["state"]) for step in operation["steps"]] == [
        ("accepted", "succeeded"),
        ("committed", "succeeded"),
    ]
    assert operation["commit"]
    await bob.post("/bots", json={"spec": spec()}, headers={"Prefer": "wait=15"})
    mine = (await bob.get("/me")).json()["quota"]
    assert (
        mine
        == (await bob.get("/users/bob/quota")).json()
        == (await service.http.get("/users/bob/quota")).json()
    )
    assert (mine["quota"]["bots"], mine["quota"]["cpu"]) == (2, None)
    assert mine["used"] == {
        "bots": 1,
        "secrets": 0,
        "cpu": 0.1,
        "memory": 128 * 2**20,
        "usd_per_day": 1.0,
        "tokens_per_day": 200_000,
    }
    assert (await bob.put("/users/bob/quota", json={"bots": 99})).status_code == 403
    assert (await bob.get("/users/admin/quota")).status_code == 404
    entry = next(
        e for e in (await service.http.get("/audit")).json()["items"] if e["action"] == "owner.quota"
    )
    assert (entry["outcome"], entry["detail"]) == ("succeeded", "bots 2, usd_per_day 5.0")
    shown = (await bob.get("/operations")).json()["items"]
    assert [each["kind"] for each in shown] == ["deploy", "quota"]


async def test_what_is_too_much_is_refused_at_once_with_what_to_do(service: Service) -> None:
    await service.deploy("one")
    await service.write("PUT", "/users/admin/quota", json={"bots": 1, "usd_per_day": 1.5})
    answer = await service.deploy("two")
    assert answer.status_code == 409, answer.text
    problem = answer.json()
    assert problem["title"] == "The quota is used up"
    assert problem["errors"][0] == {
        "pointer": "/spec/name",
        "detail": "admin has 1 of 1 bots; delete one or ask an operator to raise quota.bots",
    }
    dry = await service.http.post("/bots", json={"spec": spec("two"), "dry_run": True})
    assert dry.status_code == 409
    raised = await service.write("PATCH", "/bots/admin.one", json={"spec": {"budget": {"usd_per_day": 2}}})
    assert (raised.status_code, raised.json()["errors"][0]["pointer"]) == (409, "/spec/budget/usd_per_day")
    await service.write("PUT", "/users/admin/quota", json={"bots": 1, "secrets": 0})
    sealed = await service.write("PUT", "/bots/admin.one/secrets/KEY", json={"value": "s3cret"})
    assert (sealed.status_code, sealed.json()["errors"][0]["pointer"]) == (409, "/secrets")
    many = await bulk(service, [create("a"), create("b"), {"op": "delete", "id": "admin.one"}])
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (409, "/1/spec/name")
    replaced = await bulk(service, [create("a"), {"op": "delete", "id": "admin.one"}])
    assert replaced.status_code == 200, replaced.text
    bad = await service.http.put("/users/admin/quota", json={"bots": -1, "memory": "much", "disk": 3})
    assert bad.status_code == 422
    assert {each["pointer"] for each in bad.json()["errors"]} == {"/bots", "/memory", "/disk"}
    assert (await service.http.get("/users/admin/quota")).json()["quota"]["bots"] == 1


async def test_creations_at_once_cannot_exceed_a_quota(service: Service) -> None:
    await service.http.post("/teams", json={"name": "crew"})
    done = await service.write("PUT", "/teams/crew/quota", json={"bots": 3})
    assert done.status_code == 200, done.text
    answers = await asyncio.gather(*(service.deploy(f"b{number}", owner="crew") for number in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
    used = (await service.http.get("/teams/crew/quota")).json()["used"]
    assert used["bots"] == len((await service.http.get("/bots")).json()["items"]) == 3
    assert (await service.http.put("/users/crew/quota", json={"bots": 3})).status_code == 404


async def test_a_repeated_request_is_one_commit_and_the_same_quota_none(service: Service) -> None:
    key = {"Idempotency-Key": "k1"}
    first = await service.write("PUT", "/users/admin/quota", json={"bots": 5}, headers=key)
    again = await service.write("PUT", "/users/admin/quota", json={"bots": 5}, headers=key)
    assert first.json()["operation"]["id"] == again.json()["operation"]["id"]
    same = (await service.write("PUT", "/users/admin/quota", json={"bots": 5})).json()["operation"]
    assert (same["state"], same["commit"]) == ("succeeded", None)


async def test_defaults_that_are_pushed_fill_in_what_bots_leave_out(service: Service, tmp_path: Path) -> None:
    await service.deploy("one")
    assert (await git(tmp_path, "clone", "-q", address(service, service.token), "clone"))[0] == 0
    clone = tmp_path / "clone"
    model = "{provider: openai-compatible, name: m, base_url: http://127.0.0.1:9/v1, key: {secret: KEY}}"
    file = clone / "users/ad/admin/owner.yaml"
    file.write_text(f"version: 1\ndefaults:\n  model: {model}\n")
    await git(clone, "add", "-A")
    await git(clone, "commit", "-qm", "Give admin's bots a model")
    code, said = await git(clone, "push", "-q")
    assert code != 0
    assert "users/ad/admin/one/bot.yaml:1: /model/key: names the secret KEY" in said
    assert (await service.write("PUT", "/bots/admin.one/secrets/KEY", json={"value": "s3cret"})).is_success
    await git(clone, "pull", "-q", "--rebase")
    code, said = await git(clone, "push", "-q")
    assert code == 0, said
    async with asyncio.timeout(15):
        while True:
            newest = (await service.http.get("/operations?bot=admin.one")).json()["items"][0]
            if newest["source"] == "push" and newest["state"] == "succeeded":
                break
            await asyncio.sleep(0.05)
    # The bot's model is another one, so it was proven anew; what its owner wrote is as it was.
    assert newest["steps"][-1]["state"] == "succeeded"
    assert "model" not in (await service.http.get("/bots/admin.one")).json()["spec"]
    refused = await service.deploy("two")
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == "/spec/model/key"
    given = await service.deploy("two", secrets={"KEY": "s3cret"})
    assert given.status_code == 200, given.text
