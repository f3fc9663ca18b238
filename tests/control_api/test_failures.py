"""Operations that fail say at which step, why, and what to do next; none hangs for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from control_api.operations.ledger import StoredOperations
from gitops.operations import Result
from tests.control_api.databases import BOTH
from tests.control_api.engines import PausedEngine, SilentEngine, SpeechlessEngine, TokenRefusedEngine
from tests.control_api.service import Service, running, spec, until
from tests.gitops.code_host import git_in

DATABASES = BOTH

TELEGRAM: dict[str, Any] = {
    "spec": spec(channels={"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}),
    "secrets": {"TELEGRAM_TOKEN": "123:abc"},
}


async def test_a_refused_telegram_token_fails_at_connected(home: Path) -> None:
    async with running(home, TokenRefusedEngine) as service:
        answer = await service.deploy(**TELEGRAM)
        assert answer.status_code == 409, answer.text
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        error = problem["operation"]["error"]
        assert error["step"] == "connected"
        assert "the token is refused" in error["detail"]
        assert error["next_step"] == "Make a new one."
        bot = (await service.http.get("/bots/admin.support")).json()
        assert bot["status"]["phase"] == "failed"
        assert bot["status"]["reason"]
        assert bot["channels"]["telegram"]["next_step"] == "Make a new one."


async def test_a_bot_that_does_not_answer_is_degraded_until_it_does(home: Path) -> None:
    async with running(home, SpeechlessEngine) as service:
        answer = await service.deploy()
        assert answer.status_code == 409
        assert answer.json()["operation"]["error"]["step"] == "answered"
        status = (await service.http.get("/bots/admin.support")).json()["status"]
        assert (status["phase"], status["proven"]) == ("degraded", False)
        assert status["next_step"] == "Set the secret anew."
        again = await service.write("PATCH", "/bots/admin.support", json={"spec": {"description": "fine"}})
        assert again.status_code == 409
        assert isinstance(service.engine, SpeechlessEngine)
        service.engine.cured = True
        well = await service.write("PATCH", "/bots/admin.support", json={"spec": {"description": "well"}})
        assert well.json()["operation"]["steps"][-1]["state"] == "succeeded"
        assert well.json()["bot"]["status"]["phase"] == "idle"
        assert well.json()["bot"]["status"]["proven"] is True


async def test_an_engine_that_says_nothing_fails_the_step_in_time(home: Path) -> None:
    async with running(home, SilentEngine, synced_within=0.3) as service:
        answer = await service.deploy()
        assert answer.status_code == 409
        assert answer.json()["operation"]["error"]["step"] == "synced"
        assert "0.3 seconds" in answer.json()["detail"]
        assert (await service.http.get("/bots/admin.support")).json()["status"]["reason"]
        # It says so until the commit is applied after all, and nobody has to ask for it again.
        assert isinstance(service.engine, SilentEngine)
        await service.engine.speak()
        for _ in range(100):
            status = (await service.http.get("/bots/admin.support")).json()["status"]
            if status["phase"] == "idle":
                break
            await asyncio.sleep(0.05)
        assert (status["phase"], status["proven"]) == ("idle", False)


async def test_a_newer_operation_takes_over_the_steps_of_the_older(home: Path) -> None:
    async with running(home, SilentEngine) as service:
        first = (await service.deploy(wait=0)).json()["operation"]["id"]
        second = await service.http.patch("/bots/admin.support", json={"spec": {"description": "x"}})
        overtaken = await service.http.get(f"/operations/{first}/events")
        assert second.json()["operation"]["id"] in overtaken.text
        found = (await service.http.get(f"/operations/{first}")).json()
        assert found["state"] == "succeeded"
        assert [step["state"] for step in found["steps"][2:]] == ["skipped"] * 4


@pytest.mark.parametrize("in_bulk", [False, True], ids=["alone", "in bulk"])
async def test_a_change_does_not_fail_of_a_newer_commit_that_is_applied_and_not_settled(
    home: Path, monkeypatch: pytest.MonkeyPatch, in_bulk: bool
) -> None:
    committed, settling = StoredOperations.committed, asyncio.Event()

    async def late(operations: StoredOperations, results: Mapping[str, Result]) -> None:
        await settling.wait()
        await committed(operations, results)

    async with running(home, PausedEngine) as service:
        engine = service.engine
        assert isinstance(engine, PausedEngine)
        engine.may_start.set()
        await service.deploy()
        engine.may_start.clear()
        first = await _changed(service, "new words", in_bulk)
        await until(lambda: len(engine.starts) == 2)
        monkeypatch.setattr(StoredOperations, "committed", late)
        main = git_in(service.settings.places.fleet, "rev-parse", "main")
        await service.http.post("/bots/admin.support/pause")
        await until(lambda: git_in(service.settings.places.fleet, "rev-parse", "main") != main)
        engine.paused = True
        engine.may_start.set()
        await until(lambda: engine.refused == 1)
        settling.set()
        await service.http.get(f"/operations/{first}/events")
        found = (await service.http.get(f"/operations/{first}")).json()
        assert found["state"] == "succeeded", found["error"]


async def _changed(service: Service, instructions: str, in_bulk: bool) -> str:
    """The operation that gives the bot these instructions."""
    change = {"spec": {"instructions": instructions}}
    if in_bulk:
        answer = await service.http.post("/bulk", json=[{"op": "update", "id": "admin.support", **change}])
    else:
        answer = await service.http.patch("/bots/admin.support", json=change)
    return str(answer.json()["operation"]["id"])


async def test_a_restart_in_the_middle_goes_on_where_it_was(home: Path) -> None:
    async with running(home, SilentEngine, synced_within=60) as service:
        operation = (await service.deploy(wait=1)).json()["operation"]
        assert operation["state"] == "running"
        assert operation["steps"][1]["state"] == "succeeded"
    async with running(home) as service:
        answer = await service.http.get(f"/operations/{operation['id']}/events")
        assert answer.status_code == 200
        found = (await service.http.get(f"/operations/{operation['id']}")).json()
        assert found["state"] == "succeeded"
        assert found["commit"] == operation["commit"]
        assert found["steps"][1]["at"] == operation["steps"][1]["at"]


async def test_phases_survive_a_restart_with_the_engine_away(home: Path) -> None:
    async with running(home) as service:
        await service.deploy()
    async with running(home, SilentEngine) as service:
        status = (await service.http.get("/bots/admin.support")).json()["status"]
        assert (status["phase"], status["proven"]) == ("idle", True)
