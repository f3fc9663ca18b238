"""A disk that is full at each write of a deploy in turn: 507 and nothing kept, or taken and done later."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import update

from agent_runtime.home import Home
from control_api.models import Token
from tests.control_api.conftest import prepared
from tests.control_api.service import Service, copy_home, running, spec
from tests.faults.disk import PAGE, SmallDisk, forget_spare_pages

__all__ = ["prepared"]

TOKEN = "7000000001:AAof-no-bot-that-there-is"
# What is taken goes on when there is room, which takes a second or two: not every page is worth them.
_STRIDE = 10
CHANNELS = {"telegram": {"token": {"secret": "TELEGRAM_TOKEN"}}}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "disk") as small:
        yield small


@pytest.mark.long
async def test_a_deploy_is_refused_whole_or_done_when_there_is_room(prepared: Path, disk: SmallDisk) -> None:
    home = Home.at(copy_home(prepared, disk.folder / "home"))
    async with running(home.root) as service:
        first = await service.deploy("first")
        assert first.status_code == 200, first.text
        refused = taken = pages = 0
        done = False
        while not done:
            name = f"b{pages}"
            answer = await _deploy_with(service, disk, home, name, pages * PAGE)
            if answer.status_code == 507:
                refused += 1
                await _assert_unknown(service, answer, name)
            else:
                assert answer.status_code in (200, 202), answer.text
                taken += 1
                await _succeeds(service, answer.json()["operation"]["id"])
                assert (await service.http.get(f"/bots/admin.{name}")).status_code == 200
            done = answer.status_code == 200 and taken > 2
            # The write that fails moves along, from the first to past the last.
            pages += 1 if answer.status_code == 507 else _STRIDE
        assert refused > 3
        listed = (await service.http.get("/bots", params={"limit": 200})).json()["items"]
        assert len(listed) == 1 + taken
        print(f"\n{refused} deploys refused, {taken} taken, {pages} pages of room at the end")


@pytest.mark.long
async def test_whoever_only_reads_needs_no_room(prepared: Path, disk: SmallDisk) -> None:
    """Not even with a token of which it is written down, once a minute, that it is used."""
    home = Home.at(copy_home(prepared, disk.folder / "home"))
    async with running(home.root) as service:
        await service.deploy("first")
        async with service.app.state.platform.database.writing() as session:
            await session.exec(update(Token).values(last_used_at=None))
        forget_spare_pages(home.control_database)
        disk.fill()
        for path in ("/bots/admin.first", "/bots", "/operations", "/me"):
            answer = await service.http.get(path)
            assert answer.status_code == 200, answer.text
        refused = await service.http.patch("/bots/admin.first", json={"spec": {"description": "x"}})
        assert refused.status_code == 507
        disk.empty()
        await service.http.get("/me")
        tokens = (await service.http.get("/tokens")).json()["items"]
        assert all(each["last_used_at"] for each in tokens if each["name"] == "test")


async def _deploy_with(
    service: Service, disk: SmallDisk, home: Home, name: str, room: int
) -> httpx2.Response:
    """A deploy while there is only so much room, watched until it has failed or ended; then there is room."""
    forget_spare_pages(home.control_database)
    disk.fill(leave=room)
    try:
        body = {"spec": spec(name, channels=CHANNELS), "secrets": {"TELEGRAM_TOKEN": TOKEN}}
        answer = await service.http.post("/bots", json=body, headers={"Prefer": "wait=1"})
        # Whoever reads needs no room.
        assert (await service.http.get("/bots/admin.first")).status_code == 200
        await asyncio.to_thread(_fsck, home)
        return answer
    finally:
        disk.empty()


async def _assert_unknown(service: Service, answer: httpx2.Response, name: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "There is no room on the disk"
    assert TOKEN not in answer.text
    assert (await service.http.get(f"/bots/admin.{name}")).status_code == 404


async def _succeeds(service: Service, operation: str) -> None:
    async with asyncio.timeout(30):
        while True:
            found = (await service.http.get(f"/operations/{operation}")).json()
            if found["state"] in ("succeeded", "failed"):
                break
            await asyncio.sleep(0.05)
    assert found["state"] == "succeeded", found


def _fsck(home: Home) -> None:
    command = ["git", "--git-dir", str(home.fleet), "fsck", "--full", "--strict", "--no-progress"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
