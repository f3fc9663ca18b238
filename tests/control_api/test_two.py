"""Two control APIs on one database and one remote: one commits, both serve, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.control_api.service import events, new_bootstrap_token, spec, until
from tests.control_api.test_process import log_of, process, speaking_to
from tests.control_api.two import Two, two
from tests.postgres import Postgres

WRITERS = 8


async def until_other_leads(found: Two, former: Any, seconds: float = 20) -> float:
    """How long it took another than the former leader to lead."""
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        for each in found.alive():
            if each is not former and await each.leads():
                return time.monotonic() - began
        await asyncio.sleep(0.25)
    raise AssertionError("nobody took over")


async def write(found: Two, writer: int, times: int, told: Counter[str]) -> int:
    """Counts a number up that all share, and sets a text of its own; how often counting worked."""
    counted = 0
    for number in range(times):
        if number % 2:
            change = {"spec": {"description": f"{number} by {writer}"}}
            answer = await found.ask("PATCH", f"/bots/admin.own{writer}", json=change)
            assert answer.status_code == 202, answer.text
            told["accepted"] += 1
            continue
        read = await found.ask("GET", "/bots/admin.shared")
        now = int(read.json()["spec"]["environment"]["COUNT"])
        answer = await found.ask(
            "PATCH",
            "/bots/admin.shared",
            json={"spec": {"environment": {"COUNT": str(now + 1)}}},
            headers={"If-Match": read.headers["ETag"]},
        )
        assert answer.status_code in (202, 412), answer.text
        told["accepted" if answer.status_code == 202 else "stale"] += 1
        counted += answer.status_code == 202 and await was_committed(found, answer.json()["operation"]["id"])
    return counted


async def was_committed(found: Two, operation: str) -> bool:
    """Whether the operation came to `main`, or else that it was refused as stale."""
    while True:
        seen = (await found.ask("GET", f"/operations/{operation}")).json()
        if seen["commit"]:
            return True
        if seen["state"] == "failed":
            assert seen["error"]["status"] == 412, seen
            return False
        await asyncio.sleep(0.2)


@pytest.mark.long
async def test_many_writers_and_a_leader_killed_midway(
    tmp_path: Path, postgres: Postgres, request: pytest.FixtureRequest
) -> None:
    times = request.config.getoption("--writes-each")
    told: Counter[str] = Counter()
    async with two(tmp_path, postgres.create()) as found:
        for name in ("shared", *(f"own{writer}" for writer in range(WRITERS))):
            body = {"spec": spec(name, environment={"COUNT": "0"})}
            assert (await found.ask("POST", "/bots", json=body)).status_code == 202
        await found.settled()
        async with asyncio.TaskGroup() as writers:
            writing = [writers.create_task(write(found, writer, times, told)) for writer in range(WRITERS)]
            await until(lambda: told.total() > WRITERS * times // 3, 600)
            former = await found.leader()
            await former.kill()
            took = await until_other_leads(found, former)
            await found.start("a")
        counted = sum(each.result() for each in writing)
        operations = await found.settled()
        await check_nothing_lost(found, operations, told, counted)
    print(f"taken over in {took:.1f} s; {dict(told)}, {counted} counted")
    assert took < 10


async def check_nothing_lost(
    found: Two, operations: list[dict[str, Any]], told: Counter[str], counted: int
) -> None:
    """What was accepted is on `main`, once, in a line; both databases' views are what Git has."""
    assert len(operations) == told["accepted"] + WRITERS + 1
    lines = found.git("log", "--format=%H %(trailers:key=Operation,valueonly,separator=%x2C)", "main")
    on_main = dict(line.split(" ", 1)[::-1] for line in lines.splitlines() if " " in line.strip())
    committed = {each["id"]: each["commit"] for each in operations if each["commit"]}
    assert on_main == committed
    assert found.git("rev-list", "--count", "main") == str(len(committed) + 1)
    assert found.git("rev-list", "--count", "--min-parents=2", "main") == "0"
    for instance in found.alive():
        items = (await instance.http.get("/api/v1/bots")).json()["items"]
        assert len(items) == WRITERS + 1
        for bot in items:
            path = f"main:users/ad/admin/{bot['name']}/bot.yaml"
            assert bot["version"] == found.git("rev-parse", path), bot["id"]
        shared = next(bot for bot in items if bot["name"] == "shared")
        assert shared["spec"]["environment"]["COUNT"] == str(counted)
    found.git("fsck", "--strict", "--no-dangling")


@pytest.mark.long
async def test_a_leader_that_slept_is_refused_and_news_reach_both(tmp_path: Path, postgres: Postgres) -> None:
    async with two(tmp_path, postgres.create()) as found:
        first, second = found.instances
        assert await first.leads()
        assert not await second.leads()
        answer = await second.http.post("/api/v1/bots", json={"spec": spec("one")})
        path = f"/api/v1/operations/{answer.json()['operation']['id']}/events"
        began = time.monotonic()
        async with second.http.stream("GET", path) as stream:
            async for _, _, data in events(stream):
                if data["operation"]["commit"]:
                    break
        # Sooner than any stream looks for itself.
        assert time.monotonic() - began < 4
        stale = await second.http.get("/api/v1/bots/admin.one")
        first.process.send_signal(signal.SIGSTOP)
        await second.http.patch("/api/v1/bots/admin.one", json={"spec": {"description": "while it sleeps"}})
        await until_other_leads(found, first)
        [_, changed] = await found_settled_by(second, 2)
        first.process.send_signal(signal.SIGCONT)
        late = await first.http.patch(
            "/api/v1/bots/admin.one",
            json={"spec": {"description": "late"}},
            headers={"If-Match": stale.headers["ETag"]},
        )
        assert late.status_code == 412, late.text
        fresh = await first.http.patch("/api/v1/bots/admin.one", json={"spec": {"description": "after"}})
        assert fresh.status_code == 202, fresh.text
        operations = await found.settled()
        assert [each["commit"] for each in operations] == found.git("rev-list", "--reverse", "main").split()[
            1:
        ]
        assert operations[1]["commit"] == changed["commit"]
        assert not await first.leads()
        history = (await first.http.get("/api/v1/bots/admin.one/history")).json()["items"]
        assert len(history) == 3


async def found_settled_by(instance: Any, count: int) -> list[dict[str, Any]]:
    """The operations, oldest first, once there are so many on `main`."""
    for _ in range(400):
        items: list[dict[str, Any]] = (await instance.http.get("/api/v1/operations")).json()["items"]
        if len([each for each in items if each["commit"]]) == count:
            return items[::-1]
        await asyncio.sleep(0.05)
    raise AssertionError(items)


@pytest.mark.long
async def test_a_second_one_that_hosts_git_itself_does_not_start(tmp_path: Path, postgres: Postgres) -> None:
    token = new_bootstrap_token()
    environment = {"BOTYARD_DATABASE_URL": postgres.create(), "BOTYARD_BOOTSTRAP_TOKEN": token}
    home = tmp_path / "a"
    async with process(home, **environment) as first, speaking_to(home, token):
        async with process(tmp_path / "b", **environment) as second:
            await asyncio.wait_for(second.wait(), 60)
        assert second.returncode not in (0, None)
        assert b"set BOTYARD_FLEET_REMOTE to the same remote for both" in log_of(tmp_path / "b").read_bytes()
        async with process(home, **environment) as again:
            await asyncio.wait_for(again.wait(), 60)
        assert again.returncode not in (0, None)
        assert b"another control API holds" in log_of(home).read_bytes()
        assert first.returncode is None
