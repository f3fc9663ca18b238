"""Users' URLs reach public addresses only, whatever they call them: threat 11."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from agent_runtime.addresses import Reach
from agent_runtime.network import (
    AddressRefusedError,
    guarded_client,
    platform_client,
    reach_of,
    ssl_context,
)
from agent_runtime.settings import RuntimeSettings


@pytest.fixture
async def server() -> AsyncIterator[int]:
    """Something that would answer on loopback, and counts who came."""
    hits: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hits.append(1)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
    ],
)
async def test_no_way_of_writing_loopback_gets_through(server: int, host: str) -> None:
    async with guarded_client(Reach.PUBLIC, 3.0) as client:
        with pytest.raises((httpx2.ConnectError, httpx2.InvalidURL)) as caught:
            await client.get(f"http://{host}:{server}/")
    refused = isinstance(caught.value.__cause__, AddressRefusedError)
    assert refused or isinstance(caught.value, httpx2.InvalidURL)


async def test_loopback_is_reached_where_it_is_allowed(server: int) -> None:
    async with guarded_client(Reach.LOOPBACK, 3.0) as client:
        assert (await client.get(f"http://localhost:{server}/")).text == "hi"


async def test_a_name_that_changes_its_mind_gains_nothing(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    asked: list[str] = []

    async def rebinding(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        address = "203.0.113.7" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebinding)
    async with guarded_client(Reach.PUBLIC, 0.3) as client:
        for _ in range(2):
            with pytest.raises(httpx2.TransportError):
                await client.get(f"http://rebind.example:{server}/")
    assert asked == ["rebind.example"] * 2


async def test_a_name_with_a_good_and_a_bad_address_leads_to_the_good_one(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mixed(host: str, port: int, **more: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)),
        ]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", mixed)
    async with guarded_client(Reach.LOOPBACK, 3.0) as client:
        assert (await client.get(f"http://mixed.example:{server}/")).text == "hi"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
async def test_only_http_is_spoken(url: str) -> None:
    async with guarded_client(Reach.PRIVATE, 1.0) as client:
        with pytest.raises(httpx2.UnsupportedProtocol):
            await client.get(url)


async def test_the_environments_proxy_is_not_used(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with guarded_client(Reach.LOOPBACK, 3.0) as client, platform_client(3.0) as ours:
        assert (await client.get(f"http://127.0.0.1:{server}/")).text == "hi"
        assert (await ours.get(f"http://127.0.0.1:{server}/")).text == "hi"


def test_the_settings_decide() -> None:
    def reach(**settings: Any) -> Reach:
        return reach_of(RuntimeSettings(**settings))

    assert reach(host="127.0.0.1") is Reach.LOOPBACK
    assert reach(host="0.0.0.0") is Reach.PUBLIC
    assert reach(host="0.0.0.0", allow_private_urls=True) is Reach.PRIVATE


def test_one_ssl_context_serves_all() -> None:
    assert ssl_context() is ssl_context()
