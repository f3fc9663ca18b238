"""What the gateway lets through, what it refuses, and what its neighbours' restarts look like through it."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from agent_runtime.home import Home
from agent_runtime.supervisor import Part, Supervisor
from control_api.gateway import GatewayError, configuration, forget, gateway_part

MEGABYTE = 1024 * 1024


@dataclass
class Front:
    """A running gateway with something behind it."""

    home: Home
    port: int
    running: Supervisor
    client: httpx2.AsyncClient

    def pid(self, part: str) -> int:
        pid = self.running.standings()[part].pid
        assert pid is not None
        return pid

    async def said(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.client.request(method, path, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Front]:
    impatient = tmp_path / "envoy.yaml"
    asked = configuration._FILE.read_text()
    for waits, shorter in (("request_headers_timeout: 10s", "2s"), ("request_timeout: 300s", "3s")):
        assert f" {waits}" in asked
        asked = asked.replace(f" {waits}", f" {waits.partition(':')[0]}: {shorter}")
    impatient.write_text(asked)
    monkeypatch.setattr(configuration, "_FILE", impatient)
    home, port = Home.at(tmp_path / "home"), free_port()
    behind = Part("behind", [sys.executable, "-m", "tests.gateway.behind"], sockets=("control", "webhook"))
    parts = [behind, gateway_part(home, "127.0.0.1", port)]
    async with (
        Supervisor(home, parts) as running,
        httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", verify=False, timeout=20, trust_env=False
        ) as client,
    ):
        await running.all_ready(30)
        yield Front(home, port, running, client)
    forget(home)


async def eventually(condition: Callable[[], bool], within: float = 15) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        await asyncio.sleep(0.01)


async def answer_of(reader: asyncio.StreamReader, within: float = 20) -> tuple[int, str]:
    """Status and the rest of what came, to the end of the connection or of what was waited for."""
    async with asyncio.timeout(within):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0] or 0)
        body = (await reader.readexactly(length)).decode()
    return int(head.split()[1]), body


async def test_webhooks_and_the_rest_go_their_own_ways(front: Front) -> None:
    for path in ("/", "/api/v1/bots", "/git/fleet.git/info/refs", "/webhooks/x", "/readyz"):
        assert (await front.said("GET", path))["socket"] == "control", path
    base = f"http://127.0.0.1:{front.port}/"
    for path in ("webhook/alice.support", "/webhook///alice.support", "api/../webhook/alice.support"):
        said = await front.said("POST", base + path, content=b"{}")
        assert (said["socket"], said["path"]) == ("webhook", "/webhook/alice.support")
    assert (await front.said("POST", "/webhook/../api/v1/me"))["socket"] == "control"


async def test_nothing_that_a_client_says_of_itself_gets_through(front: Front) -> None:
    claimed = {
        "x-forwarded-for": "127.0.0.1, 10.0.0.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
        "x-real-ip": "10.0.0.1",
        "forwarded": "for=10.0.0.1",
        "x-envoy-original-path": "/admin",
        "x-envoy-upstream-rq-timeout-ms": "1",
        "x-envoy-internal": "true",
    }
    headers = (await front.said("GET", "/api/v1/me", headers={**claimed, "authorization": "Bearer x"}))[
        "headers"
    ]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["authorization"] == "Bearer x"
    assert not [name for name in headers if name.startswith("x-envoy") or name in ("forwarded", "x-real-ip")]
    assert "x-forwarded-host" not in headers


async def test_headers_that_programs_read_differently_are_refused(front: Front) -> None:
    refused = await front.client.get("/", headers={"x_forwarded_for": "10.0.0.1"})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("path", "fits", "too_much"),
    [("/webhook/a.b", MEGABYTE, MEGABYTE + 1), ("/api/v1/bots", MEGABYTE + 60_000, MEGABYTE + 70_000)],
)
async def test_bodies_are_bounded(front: Front, path: str, fits: int, too_much: int) -> None:
    assert (await front.said("POST", path, content=b"x" * fits))["length"] == fits
    refused = await front.client.post(path, content=b"x" * too_much)
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["status"] == 413


async def test_a_gigabyte_is_refused_early_and_memory_stays_flat(front: Front) -> None:
    before = psutil.Process(front.pid("gateway")).memory_info().rss
    for path in ("/api/v1/bots", "/webhook/a.b"):
        reader, writer = await front.connect()
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        answer = asyncio.create_task(answer_of(reader))
        sent, chunk = 0, b"10000\r\n" + b"x" * 65536 + b"\r\n"
        while sent < 1024 * MEGABYTE and not answer.done():
            writer.write(chunk)
            sent += 65536
            try:
                await writer.drain()
            except ConnectionError:
                break
            await asyncio.sleep(0)
        status, body = await answer
        writer.close()
        assert (status, json.loads(body)["status"]) == (413, 413)
        assert sent < 64 * MEGABYTE
    grown = psutil.Process(front.pid("gateway")).memory_info().rss - before
    assert grown < 50 * MEGABYTE


async def test_packs_of_git_pass_as_they_come(front: Front) -> None:
    async def pack() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65536

    said = await front.said("POST", "/git/fleet.git/git-receive-pack", content=pack())
    assert (said["length"], said["socket"]) == (4 * MEGABYTE, "control")


async def test_slow_headers_time_out_and_others_are_served(front: Front) -> None:
    reader, writer = await front.connect()
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    begun = time.monotonic()
    answer = asyncio.create_task(answer_of(reader))
    while not answer.done():
        assert (await front.said("GET", "/"))["socket"] == "control"
        await asyncio.wait({answer}, timeout=0.5)
        if not answer.done():
            writer.write(b"x")
    assert answer.result()[0] == 408
    assert 1 < time.monotonic() - begun < 8
    writer.close()


async def test_a_body_a_byte_at_a_time_times_out_and_nobody_behind_waits_for_it(front: Front) -> None:
    reader, writer = await front.connect()
    writer.write(b"POST /webhook/a.b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    answer = asyncio.create_task(answer_of(reader))
    while not answer.done():
        writer.write(b"x")
        await asyncio.wait({answer}, timeout=0.2)
    status, body = answer.result()
    assert (status, json.loads(body)["title"]) == (408, "Request time-out")
    writer.close()


async def test_events_arrive_as_they_are_said(front: Front) -> None:
    async with front.client.stream("GET", "/api/v1/events") as stream:
        begun, events = time.monotonic(), []
        async for event in httpx2.EventSource(stream):
            events.append(event.data)
            if len(events) == 3:
                break
    assert events == ["0", "1", "2"]
    assert time.monotonic() - begun < 5


async def test_requests_flow_while_what_is_behind_restarts(front: Front) -> None:
    results: list[tuple[int, int]] = []

    async def ask(method: str, path: str) -> None:
        answer = await front.client.request(method, path)
        results.append((answer.status_code, answer.json().get("pid", 0)))

    async def flow() -> None:
        async with asyncio.TaskGroup() as asking:
            while not enough.is_set():
                for path in ("/api/v1/me", "/webhook/al.support"):
                    for method in ("GET", "POST"):
                        asking.create_task(ask(method, path))
                await asyncio.sleep(0.01)

    enough = asyncio.Event()
    flowing = asyncio.create_task(flow())
    first = front.pid("behind")
    await eventually(lambda: len(results) > 50)
    await front.running.replace("behind")
    second = front.pid("behind")
    await eventually(lambda: results[-1][1] == second)
    enough.set()
    await flowing
    assert {status for status, _ in results} == {200}
    assert {pid for _, pid in results} == {first, second}


async def test_a_planned_restart_of_the_gateway_loses_no_request(front: Front) -> None:
    statuses: list[int] = []

    enough = asyncio.Event()

    async def flow(client: httpx2.AsyncClient) -> None:
        while not enough.is_set():
            statuses.append((await client.get("/")).status_code)

    limits = httpx2.Limits(max_keepalive_connections=0)
    url = f"http://127.0.0.1:{front.port}"
    async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=20, trust_env=False) as client:
        flowing = [asyncio.create_task(flow(client)) for _ in range(4)]
        first = front.pid("gateway")
        replacing = asyncio.create_task(front.running.replace("gateway"))
        await eventually(lambda: front.pid("gateway") != first)
        seen = len(statuses)
        await eventually(lambda: len(statuses) > seen + 50 or any(task.done() for task in flowing))
        enough.set()
        await asyncio.gather(*flowing)
        assert set(statuses) == {200}
        replacing.cancel()
        await asyncio.gather(replacing, return_exceptions=True)


async def test_what_is_away_is_said_to_be_and_for_how_long(front: Front) -> None:
    front.home.socket("control").unlink()
    refused = await front.client.get("/api/v1/me")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["title"] == "Not reachable just now"


async def test_the_admin_interface_is_for_this_user_alone(front: Front) -> None:
    assert stat.S_IMODE(configuration.admin_socket(front.home).stat().st_mode) == 0o600
    ports = [
        c.laddr.port
        for c in psutil.Process(front.pid("gateway")).net_connections("inet")
        if c.status == "LISTEN"
    ]
    assert ports == [front.port]


async def test_a_host_that_is_no_address_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GatewayError, match=r"no\.such\.host\.invalid.*127\.0\.0\.1"):
        gateway_part(Home.at(tmp_path), "no.such.host.invalid", 1)
