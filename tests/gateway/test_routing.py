"""A webhook's way to its bot on a cluster: `istio/` on the real Envoy, with 10,000 bots."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.gateway import mesh
from tests.gateway.test_gateway import free_port

MANY = 10_000
MEGABYTE = 1024 * 1024
# The longest id there may be, and one that is another's with a word added.
SPECIAL = [f"{'o' * 32}.{'b' * 32}", "alice.support", "alice.support-2", "a.b", "a-1.b-2"]
BOTS = [*SPECIAL, *(f"owner{number % 100}.bot{number}" for number in range(MANY - len(SPECIAL)))]
# Each bot has an address of its own, by which whoever answers knows who was asked.
ADDRESSES = {bot: f"127.16.{number // 250}.{number % 250 + 1}" for number, bot in enumerate(BOTS)}
CONTROL = "127.0.0.1"
OLD, NEW = "127.17.0.1", "127.17.0.2"


@dataclass
class Front:
    """The gateway of a cluster, with something behind it that says where a request arrived, and with what."""

    client: httpx2.AsyncClient
    folder: Path
    port_behind: int

    def point(self, bot: str, host: str) -> None:
        """Where the bot's pod is from now on."""
        mesh.point(self.folder, bot, host, self.port_behind)

    async def arrived(self, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.client.post(path, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def status(self, path: str, **more: Any) -> int:
        return (await self.client.post(path, **more)).status_code


async def _said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request of a connection with the address that it came to, its path and headers."""
    where = writer.get_extra_info("sockname")[0]
    while head := await _head(reader):
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        await reader.readexactly(int(headers.get("content-length", 0)))
        body = json.dumps({"at": where, "path": first.split(" ")[1], "headers": headers}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _everywhere_on_loopback() -> socket.socket:
    """A port on every address of loopback, and on no other interface."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
    listening.bind(("0.0.0.0", 0))
    return listening


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def front(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    folder, port = tmp_path_factory.mktemp("mesh"), free_port()
    saying: set[asyncio.Task[None]] = set()

    def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        saying.add(asyncio.create_task(_said(reader, writer)))

    behind = await asyncio.start_server(said, sock=_everywhere_on_loopback(), limit=2 * MEGABYTE)
    where = behind.sockets[0].getsockname()[1]
    upstreams = {mesh.cluster_of(bot): (address, where) for bot, address in ADDRESSES.items()}
    # What an id must not lead to, though there is such a cluster.
    upstreams |= {"control": (CONTROL, where), "outbound|8080||.user-.svc.cluster.local": (CONTROL, where)}
    config = mesh.configuration(port, folder / "admin.sock", upstreams)
    mesh.point(folder, "alice.upgraded", OLD, where)
    config["static_resources"]["clusters"].append(mesh.discovered(folder, "alice.upgraded"))
    with mesh.running(folder, config):
        url = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            yield Front(client, folder, where)
    behind.close()
    # The gateway has gone, so that each connection is at its end.
    await asyncio.gather(*saying, return_exceptions=True)


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_of_ten_thousand_bots_gets_its_own(front: Front) -> None:
    some = [*SPECIAL, *random.Random(5).sample(BOTS, 300)]
    for bot in some:
        arrived = await front.arrived(f"/webhook/{bot}", content=b"{}")
        assert (arrived["at"], arrived["path"]) == (ADDRESSES[bot], f"/webhook/{bot}")


@pytest.mark.parametrize("rest", ["/discord", "/slack", "?hub.mode=subscribe&x=/webhook/a.b", "/"])
async def test_a_platforms_path_and_query_go_with_it(front: Front, rest: str) -> None:
    arrived = await front.arrived(f"/webhook/alice.support{rest}")
    assert (arrived["at"], arrived["path"]) == (ADDRESSES["alice.support"], f"/webhook/alice.support{rest}")


@pytest.mark.parametrize(
    "header",
    [
        {"x-botyard-cluster": mesh.cluster_of("a.b")},
        {"X-Botyard-Cluster": mesh.cluster_of("a.b")},
        [("x-botyard-cluster", mesh.cluster_of("a.b")), ("x-botyard-cluster", "control")],
        {"x-botyard-cluster": ""},
    ],
)
async def test_a_clients_own_routing_header_counts_for_nothing(front: Front, header: Any) -> None:
    arrived = await front.arrived("/webhook/alice.support", headers=header)
    assert arrived["at"] == ADDRESSES["alice.support"]
    assert "x-botyard-cluster" not in arrived["headers"]
    assert await front.status("/webhook/nobody.here", headers=header) == 404
    assert await front.status("/webhook/", headers=header) == 404
    elsewhere = await front.arrived("/api/v1/bots", headers=header)
    assert elsewhere["at"] == CONTROL
    assert "x-botyard-cluster" not in elsewhere["headers"]


@pytest.mark.parametrize(
    "name",
    [
        "nobody.here", "alice", "alice.", ".support", "", "alice.support.x", "Alice.support",
        "alice.Support", "alice.support-", "alice-.support", "1alice.support", "alice.support%20",
        "alice.support%2f..", "alice.support;x", "alice.support|", "a.b.svc",
        f"{'o' * 33}.{'b' * 32}", "-a.b", "alice.sup_port", "alice.support%2e",
    ],
)  # fmt: skip
async def test_what_is_no_bots_id_is_not_found(front: Front, name: str) -> None:
    assert await front.status(f"/webhook/{name}") == 404


async def test_a_bots_next_version_is_found_without_a_loss(front: Front) -> None:
    """Istio tells the gateway of the next pod while the one before it goes on answering."""
    path = "/webhook/alice.upgraded"
    assert (await front.arrived(path))["at"] == OLD
    front.point("alice.upgraded", NEW)
    async with asyncio.timeout(20):
        while (arrived := await front.arrived(path))["at"] != NEW:
            assert arrived["at"] == OLD
    assert {(await front.arrived(path))["at"] for _ in range(20)} == {NEW}
    assert (await front.arrived("/webhook/a.b"))["at"] == ADDRESSES["a.b"]


async def test_sizes_are_limited(front: Front) -> None:
    assert (await front.arrived("/webhook/a.b", content=b"x" * MEGABYTE))["at"] == ADDRESSES["a.b"]
    assert await front.status("/webhook/a.b", content=b"x" * (MEGABYTE + 65 * 1024)) == 413
    assert await front.status("/webhook/a.b", headers={"x-long": "x" * 40_000}) == 431
    assert await front.status("/webhook/a.b", headers={"x_under": "1"}) == 400
