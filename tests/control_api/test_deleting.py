"""Deleting where the engine is slow to let a bot go: it may be tried again, and ends by itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.control_api.databases import BOTH
from tests.control_api.engines import LingeringEngine
from tests.control_api.service import Service, running

DATABASES = BOTH

BOT = "/bots/admin.support"


async def _deleted_too_slowly(service: Service) -> LingeringEngine:
    assert (await service.deploy()).status_code == 200
    failed = await service.write("DELETE", BOT)
    assert failed.status_code == 409, failed.text
    error = failed.json()["operation"]["error"]
    assert error["step"] == "removed"
    assert "Delete it again" in error["next_step"]
    assert "restart" not in error["next_step"]
    assert (await service.http.get(BOT)).json()["status"]["phase"] == "deleting"
    assert (await service.http.post(f"{BOT}/restart")).status_code == 404
    assert isinstance(service.engine, LingeringEngine)
    return service.engine


async def test_a_delete_that_came_to_no_end_may_be_tried_again(home: Path) -> None:
    async with running(home, LingeringEngine, connected_within=0.5) as service:
        engine = await _deleted_too_slowly(service)
        again = (await service.http.delete(BOT)).json()["operation"]
        joining = asyncio.create_task(service.write("DELETE", BOT))
        await engine.let_go("admin.support")
        done = await joining
        assert done.status_code == 200, done.text
        assert done.json()["operation"]["steps"][-1]["state"] == "succeeded"
        assert again["id"] == done.json()["operation"]["id"], "one that goes on is joined"
        assert (await service.http.get(BOT)).status_code == 404
        assert (await service.deploy()).status_code == 200


async def test_a_bot_that_goes_late_is_gone(home: Path) -> None:
    async with running(home, LingeringEngine, connected_within=0.5) as service:
        engine = await _deleted_too_slowly(service)
        await engine.let_go("admin.support")
        await _until_404(service)


async def test_a_bot_that_went_while_nobody_watched_is_gone(home: Path) -> None:
    async with running(home, LingeringEngine, connected_within=0.5) as service:
        await _deleted_too_slowly(service)
    async with running(home, LingeringEngine) as service:
        await _until_404(service)


async def _until_404(service: Service) -> None:
    for _ in range(250):
        if (await service.http.get(BOT)).status_code == 404:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the bot is still shown")
