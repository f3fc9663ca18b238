"""Secrets go in and never come out: not by the API, the database, the log or Git."""

from __future__ import annotations

import logging
import secrets
import subprocess
from pathlib import Path

import pytest
import structlog

from agent_runtime.spec import BotId
from tests.control_api.service import Service, running, spec
from tests.gitops.unsealing import unseal

MODEL = {"provider": "openai", "name": "gpt-4o-mini", "key": {"secret": "OPENAI_API_KEY"}}


async def test_a_secret_that_is_named_and_not_given_is_422(service: Service) -> None:
    answer = await service.deploy(spec=spec(model=MODEL))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/spec/model/key"
    assert (await service.http.get("/bots")).json()["items"] == []


async def test_secrets_are_set_changed_and_deleted_without_being_shown(service: Service) -> None:
    await service.deploy(spec=spec(model=MODEL), secrets={"OPENAI_API_KEY": "sk-first"})
    bot = (await service.http.get("/bots/admin.support")).json()
    first = bot["secrets"]["OPENAI_API_KEY"]
    assert first["set"] is True
    read = await service.http.get("/bots/admin.support/secrets/OPENAI_API_KEY")
    assert read.json() == {"set": True}
    assert (await service.http.get("/bots/admin.support/secrets/OTHER")).json() == {"set": False}
    changed = await service.write("PUT", "/bots/admin.support/secrets/OPENAI_API_KEY", json={"value": "sk-2"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["operation"]["steps"][-1]["state"] == "succeeded"
    second = (await service.http.get("/bots/admin.support")).json()["secrets"]["OPENAI_API_KEY"]
    assert second["changed_at"] > first["changed_at"]
    assert (await service.write("DELETE", "/bots/admin.support/secrets/OPENAI_API_KEY")).status_code == 422
    assert (await service.write("DELETE", "/bots/admin.support/secrets/OTHER")).status_code == 404
    await service.write("PUT", "/bots/admin.support/secrets/OTHER", json={"value": "x"})
    assert (await service.write("DELETE", "/bots/admin.support/secrets/OTHER")).status_code == 200
    assert "OTHER" not in (await service.http.get("/bots/admin.support")).json()["secrets"]


BAD_SECRETS = [
    ("lower", "x"),
    ("../X", "x"),
    ("X" * 65, "x"),
    ("TRAILING_", "x"),
    ("ＦＵＬＬ", "x"),
    ("GOOD", ""),
    ("GOOD", "a\x00b"),
    ("GOOD", "x" * (16 * 1024 + 1)),
]


async def test_names_and_values_that_break_the_rule_are_422(service: Service) -> None:
    for name, value in BAD_SECRETS:
        answer = await service.http.post("/bots", json={"spec": spec(), "secrets": {name: value}})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"].startswith("/secrets/")
        if len(value) > 3:
            assert value not in answer.text


async def test_a_canary_is_sealed_and_found_nowhere(
    home: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    canary = f"canary-{secrets.token_hex(12)}"
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    seen = []
    async with running(home) as service:
        body = {"spec": spec(model=MODEL), "secrets": {"OPENAI_API_KEY": canary}}
        headers = {"Idempotency-Key": "k", "Prefer": "wait=15"}
        seen.append(await service.http.post("/bots", json=body, headers=headers))
        assert seen[0].status_code == 200, seen[0].text
        seen.append(await service.http.post("/bots", json=body))
        seen.append(await service.http.post("/bots", json={**body, "secrets": {"no": canary}}))
        seen.append(await service.http.post("/bots", json={**body, "typo": canary}))
        seen.append(await service.http.post("/bots", content=f'{{"secrets": {{"A": "{canary}"'))
        place = "/bots/admin.support/secrets/OPENAI_API_KEY"
        seen.append(await service.write("PUT", place, json={"value": canary}))
        seen.append(await service.http.post("/checks/telegram", json={"token": canary}))
        reads = ("/bots", "/operations", "/audit", "/bots/admin.support/history", "/system")
        seen += [await service.http.get(path) for path in reads]
        newest = (await service.http.get("/operations")).json()["items"][0]["id"]
        every = {"Last-Event-ID": "0"}
        seen.append(await service.http.get(f"/operations/{newest}/events", headers=every))
    assert not [answer.url for answer in seen if canary in answer.text]
    out, err = capfd.readouterr()
    assert canary not in out + err + caplog.text
    for file in home.rglob("*"):
        assert not file.is_file() or canary.encode() not in file.read_bytes(), file
    assert canary not in everything_in_git(home / "fleet.git")
    sealed = git(home / "fleet.git", "show", "main:users/ad/admin/support/secrets/OPENAI_API_KEY.sops.yaml")
    assert (
        await unseal(sealed, home / "keys" / "age.key", BotId("admin", "support"), "OPENAI_API_KEY") == canary
    )


def git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", repository, *arguments], check=True, capture_output=True).stdout


def everything_in_git(repository: Path) -> str:
    objects = git(repository, "cat-file", "--batch", "--batch-all-objects")
    return objects.decode("utf-8", "replace")
