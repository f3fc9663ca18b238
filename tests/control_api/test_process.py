"""The control API as a real process: starts on nothing, survives kill -9, says why it does not start."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from agent_runtime.over_socket import over_socket
from tests.control_api.service import new_bootstrap_token, spec


@asynccontextmanager
async def process(home: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    # Into a file: a pipe that nobody reads fills up, and holds up whoever writes to it.
    with log_of(home).open("ab") as log:
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "control_api",
            env={"PATH": os.environ["PATH"], "BOTYARD_HOME": str(home), **environment},
            stderr=log,
        )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


def log_of(home: Path) -> Path:
    """What the processes of this home have logged."""
    return home.with_name(f"{home.name}.log")


@asynccontextmanager
async def speaking_to(home: Path, token: str) -> AsyncIterator[httpx2.AsyncClient]:
    transport = over_socket(home / "run" / "control.sock")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://localhost", headers=headers, trust_env=False
    ) as client:
        for _ in range(600):
            try:
                if (await client.get("/readyz")).status_code == 200:
                    break
            except httpx2.TransportError:
                await asyncio.sleep(0.05)
        yield client


async def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    home, token = tmp_path / "h", new_bootstrap_token()
    accepted = []
    async with process(home, BOTYARD_BOOTSTRAP_TOKEN=token) as first, speaking_to(home, token) as client:
        assert stat.S_IMODE((home / "control.db").stat().st_mode) == 0o600
        assert stat.S_IMODE((home / "run" / "control.sock").stat().st_mode) == 0o600
        for number in range(6):
            answer = await client.post("/api/v1/bots", json={"spec": spec(f"b{number}")})
            accepted.append(answer.json()["operation"]["id"])
        first.send_signal(signal.SIGKILL)
        await first.wait()
    async with process(home, BOTYARD_BOOTSTRAP_TOKEN=token), speaking_to(home, token) as client:
        for operation in accepted:
            for _ in range(200):
                found = (await client.get(f"/api/v1/operations/{operation}")).json()
                if found["commit"]:
                    break
                await asyncio.sleep(0.05)
            assert found["steps"][1]["state"] == "succeeded", found
        bots = (await client.get("/api/v1/bots")).json()["items"]
        assert [bot["name"] for bot in bots] == [f"b{number}" for number in range(6)]
        assert all(bot["version"] for bot in bots)
        metrics = (await client.get("/metrics")).text
        assert 'botyard_bots{phase="pending"} 6.0' in metrics
        assert "botyard_operations_waiting 6.0" in metrics


async def test_a_weak_token_stops_the_start_and_the_log_names_the_setting(tmp_path: Path) -> None:
    weak = "byt_changemechangemechangeme"
    async with process(tmp_path / "h", BOTYARD_BOOTSTRAP_TOKEN=weak) as started:
        await asyncio.wait_for(started.wait(), 30)
    log = log_of(tmp_path / "h").read_bytes()
    assert started.returncode == 2
    assert b"BOTYARD_BOOTSTRAP_TOKEN" in log
    assert weak.encode() not in log
