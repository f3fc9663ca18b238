"""The contract of writes: what they answer, when they wait, what they refuse."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from control_api.kit.fingerprints import Fingerprints
from control_api.models import IdempotencyKey
from tests.control_api.databases import BOTH
from tests.control_api.engines import REPLY
from tests.control_api.service import Service, running, spec

DATABASES = BOTH


async def test_deploy_answers_202_with_the_bot_its_operation_and_where_it_is(service: Service) -> None:
    answer = await service.http.post("/bots", json={"spec": spec()})
    assert answer.status_code == 202
    body = answer.json()
    assert body["bot"]["id"] == "admin.support"
    assert body["bot"]["version"] is None
    assert answer.headers["Location"] == f"/api/v1/operations/{body['operation']['id']}"
    assert [step["name"] for step in body["operation"]["steps"]] == [
        "accepted",
        "committed",
        "synced",
        "started",
        "connected",
        "answered",
    ]


async def test_prefer_wait_holds_the_answer_until_the_bot_has_answered(service: Service) -> None:
    answer = await service.deploy()
    assert answer.status_code == 200, answer.text
    operation = answer.json()["operation"]
    assert operation["state"] == "succeeded"
    assert [step["state"] for step in operation["steps"]] == ["succeeded"] * 6
    assert operation["steps"][-1]["detail"] == REPLY
    assert all(step["at"] for step in operation["steps"])
    bot = answer.json()["bot"]
    assert answer.headers["ETag"] == f'"{bot["version"]}"'
    assert bot["status"]["phase"] == "idle"
    assert bot["status"]["proven"] is True
    assert bot["status"]["commit"] == operation["commit"]


async def test_a_change_that_changes_nothing_answers_200_and_makes_no_commit(service: Service) -> None:
    await service.deploy()
    before = (await service.http.get("/bots/admin.support/history")).json()["items"]
    answer = await service.http.put("/bots/admin.support", json={"spec": spec()})
    assert answer.status_code == 200, answer.text
    assert answer.json()["operation"]["state"] == "succeeded"
    assert answer.json()["operation"]["commit"] is None
    assert (await service.http.get("/bots/admin.support/history")).json()["items"] == before


async def test_a_merge_patch_is_applied_on_the_tip(service: Service) -> None:
    await service.deploy(spec=spec(description="Old", environment={"A": "1", "B": "2"}))
    patch = {"description": None, "environment": {"B": "3"}}
    answer = await service.write(
        "PATCH",
        "/bots/admin.support",
        json={"spec": patch},
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200, answer.text
    bot = (await service.http.get("/bots/admin.support")).json()
    assert bot["spec"] == spec(environment={"A": "1", "B": "3"})


async def test_patches_sent_at_once_are_all_there_in_the_end(service: Service) -> None:
    await service.deploy()
    for number in range(5):
        answer = await service.http.patch(
            "/bots/admin.support", json={"spec": {"environment": {f"V{number}": str(number)}}}
        )
        assert answer.status_code == 202
    await service.write("POST", "/bots/admin.support/restart")
    bot = (await service.http.get("/bots/admin.support")).json()
    assert bot["spec"]["environment"] == {f"V{number}": str(number) for number in range(5)}
    assert len((await service.http.get("/bots/admin.support/history")).json()["items"]) == 7


async def test_a_stale_etag_is_412_and_the_present_one_passes(service: Service) -> None:
    version = (await service.deploy()).json()["bot"]["version"]
    changed = await service.write(
        "PATCH",
        "/bots/admin.support",
        json={"spec": {"description": "New"}},
        headers={"If-Match": f'"{version}"'},
    )
    assert changed.status_code == 200, changed.text
    for tag in (f'"{version}"', 'W/"x"', '"no"'):
        stale = await service.http.patch(
            "/bots/admin.support", json={"spec": {"description": "Newer"}}, headers={"If-Match": tag}
        )
        assert stale.status_code == 412, tag
        assert stale.headers["content-type"] == "application/problem+json"
    unquoted = await service.http.delete("/bots/admin.support", headers={"If-Match": version})
    assert unquoted.status_code == 400


async def test_pause_resume_restart_and_rollback_are_commits(service: Service) -> None:
    first = (await service.deploy()).json()["operation"]["commit"]
    paused = await service.write("POST", "/bots/admin.support/pause")
    assert [step["name"] for step in paused.json()["operation"]["steps"]] == [
        "accepted",
        "committed",
        "synced",
        "stopped",
    ]
    assert paused.json()["bot"]["status"]["phase"] == "paused"
    assert paused.json()["bot"]["status"]["reason"]
    assert (await service.write("POST", "/bots/admin.support/pause")).json()["operation"]["commit"] is None
    assert (await service.write("POST", "/bots/admin.support/resume")).json()["bot"]["status"][
        "phase"
    ] == "idle"
    await service.write("PATCH", "/bots/admin.support", json={"spec": {"instructions": "Be curt."}})
    assert (await service.write("POST", "/bots/admin.support/restart")).status_code == 200
    back = await service.write("POST", "/bots/admin.support/rollback", json={"commit": first[:12]})
    assert back.status_code == 200, back.text
    bot = (await service.http.get("/bots/admin.support")).json()
    assert bot["spec"] == spec()
    history = (await service.http.get("/bots/admin.support/history")).json()["items"]
    assert len(history) == 6
    assert history[0]["operation"] == back.json()["operation"]["id"]
    assert history[-1]["commit"] == first
    assert {entry["author"] for entry in history} == {"admin"}
    difference = (await service.http.get(f"/bots/admin.support/diff?from={history[2]['commit']}")).json()
    assert difference["changes"][0] == {
        "pointer": "/instructions",
        "from": "Be curt.",
        "to": "You are kind.",
    }
    assert "-" in difference["unified"]


@pytest.mark.parametrize(
    ("public_url", "webhook"),
    [
        ("https://bots.example.com/", "https://bots.example.com/webhook/admin.support"),
        ("", None),
    ],
)
async def test_a_webhook_is_announced_only_where_telegram_is_not_polled(
    home: Path, public_url: str, webhook: str | None
) -> None:
    async with running(home, public_url=public_url) as service:
        await service.http.post(
            "/bots",
            json={
                "spec": spec(channels={"telegram": {"token": {"secret": "TOKEN"}}}),
                "secrets": {"TOKEN": "1:x"},
            },
        )
        bot = (await service.http.get("/bots/admin.support")).json()
        assert "telegram" in bot["spec"]["channels"]
        assert bot["status"]["webhook_url"] == webhook


async def test_the_proof_turn_is_taken_only_where_the_voice_has_changed(service: Service) -> None:
    await service.deploy()
    quiet = await service.write("PATCH", "/bots/admin.support", json={"spec": {"description": "Words"}})
    assert quiet.json()["operation"]["steps"][-1]["state"] == "skipped"
    loud = await service.write("PATCH", "/bots/admin.support", json={"spec": {"instructions": "Sing."}})
    assert loud.json()["operation"]["steps"][-1]["state"] == "succeeded"
    assert service.engine.probes == ["admin.support"] * 2


async def test_a_deleted_bot_is_gone_and_its_name_free(service: Service) -> None:
    await service.deploy()
    answer = await service.write("DELETE", "/bots/admin.support")
    assert answer.status_code == 200, answer.text
    assert answer.json()["operation"]["steps"][-1] == {
        **answer.json()["operation"]["steps"][-1],
        "name": "removed",
        "state": "succeeded",
    }
    assert (await service.http.get("/bots/admin.support")).status_code == 404
    assert (await service.deploy()).status_code == 200


async def test_a_taken_name_is_409_even_before_the_first_commit(service: Service) -> None:
    await service.http.post("/bots", json={"spec": spec()})
    again = await service.http.post("/bots", json={"spec": spec()})
    assert again.status_code == 409
    assert again.json()["errors"][0]["pointer"] == "/spec/name"


async def test_dry_run_shows_the_difference_and_does_nothing(service: Service) -> None:
    answer = await service.http.post("/bots", json={"spec": spec(), "dry_run": True})
    assert answer.status_code == 200, answer.text
    assert answer.json()["bot"]["version"] is None
    assert "You are kind." in answer.json()["diff"]["unified"]
    assert (await service.http.get("/bots/admin.support")).status_code == 404
    assert (await service.http.get("/operations")).json()["items"] == []
    await service.deploy()
    change = await service.http.patch(
        "/bots/admin.support", json={"spec": {"instructions": "Be curt."}, "dry_run": True}
    )
    assert change.json()["diff"]["changes"] == [
        {"pointer": "/instructions", "from": "You are kind.", "to": "Be curt."}
    ]
    assert change.json()["bot"]["spec"]["instructions"] == "Be curt."
    assert (await service.http.get("/bots/admin.support")).json()["spec"] == spec()


async def test_an_idempotency_key_makes_repeats_safe(service: Service) -> None:
    headers = {"Idempotency-Key": "one"}
    first = await service.http.post("/bots", json={"spec": spec()}, headers=headers)
    again = await service.http.post("/bots", json={"spec": spec()}, headers=headers)
    assert again.status_code in {200, 202}
    assert again.json()["operation"]["id"] == first.json()["operation"]["id"]
    other = await service.http.post("/bots", json={"spec": spec("other")}, headers=headers)
    assert other.status_code == 422
    elsewhere = await service.http.delete("/bots/admin.support", headers=headers)
    assert elsewhere.status_code == 422
    assert len((await service.http.get("/operations")).json()["items"]) == 1


async def test_a_stolen_database_lets_nobody_guess_what_a_request_held(service: Service) -> None:
    body = json.dumps({"value": "1234"}).encode()
    await service.deploy()
    path = "/bots/admin.support/secrets/PIN"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    assert (await service.http.put(path, content=body, headers=headers)).status_code in {200, 202}
    async with service.app.state.platform.database.reading() as session:
        row = await session.get(IdempotencyKey, ("admin", "k"))
    guess = hashlib.sha256(f"PUT /api/v1{path}\n".encode() + body).hexdigest()
    assert row.request != guess
    key = service.settings.places.age_key.with_name("requests.key")
    assert (len(key.read_bytes()), key.stat().st_mode & 0o777) == (32, 0o600)
    assert row.request == Fingerprints(key).of(b"PUT", f"/api/v1{path}".encode(), body)


async def test_of_many_equal_writes_at_once_one_is_made(service: Service) -> None:
    headers = {"Idempotency-Key": "same"}
    same = [service.http.post("/bots", json={"spec": spec()}, headers=headers) for _ in range(8)]
    answers = await asyncio.gather(*same)
    assert len({answer.json()["operation"]["id"] for answer in answers}) == 1
    other = [service.http.post("/bots", json={"spec": spec("other")}) for _ in range(8)]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*other))
    assert codes == [202] + [409] * 7
    assert len((await service.http.get("/operations")).json()["items"]) == 2


async def test_the_audit_log_tells_who_did_what_and_how_it_ended(service: Service) -> None:
    await service.deploy(secrets={"SPARE": "x"})
    [entry, *_] = [e for e in (await service.http.get("/audit")).json()["items"] if e["bot"]]
    assert {name: entry[name] for name in ("actor", "via", "action", "bot", "outcome", "detail")} == {
        "actor": "admin",
        "via": "token",
        "action": "bot.deploy",
        "bot": "admin.support",
        "outcome": "succeeded",
        "detail": "secrets: SPARE set",
    }


async def test_lists_are_paged(service: Service) -> None:
    for name in ("a", "b", "c"):
        await service.http.post("/bots", json={"spec": spec(name)})
    seen, cursor = [], None
    while True:
        page = (
            await service.http.get("/bots", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        ).json()
        seen += [bot["id"] for bot in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["admin.a", "admin.b", "admin.c"]
    assert (await service.http.get("/bots?cursor=*")).status_code == 422
    assert (await service.http.get("/operations?cursor=bm8")).status_code == 422
