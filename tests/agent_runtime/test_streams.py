"""Connections of HTTP clients: one write a request, closed ones known, dead addresses passed over, TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent_runtime import network
from agent_runtime.network import platform_client
from tests.simulators.certificate import make_certificate

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


class Server(asyncio.Protocol):
    """Answers each piece of data that has a whole request in it, and notes them by connection."""

    def __init__(self, connections: list[list[bytes]], closes: bool = False) -> None:
        self._closes = closes
        self._pieces: list[bytes] = []
        connections.append(self._pieces)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append(data)
        whole = b"".join(self._pieces)
        head, found, body = whole.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if found and len(body) >= int(length or 0):
            self._transport.write(_OK)
            if self._closes:
                self._transport.close()


@asynccontextmanager
async def serving(closes: bool = False, **more: Any) -> AsyncIterator[tuple[int, list[list[bytes]]]]:
    connections: list[list[bytes]] = []
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(connections, closes), "127.0.0.1", 0, **more)
    async with server:
        yield server.sockets[0].getsockname()[1], connections


async def test_a_small_request_is_one_write_and_its_connection_is_used_again() -> None:
    async with serving() as (port, connections), platform_client(5.0) as client:
        for number in range(3):
            answer = await client.post(f"http://127.0.0.1:{port}/", json={"number": number})
            assert answer.text == "hi"
    assert [len(pieces) for pieces in connections] == [3]


async def test_much_is_sent_whole() -> None:
    async with serving() as (port, connections), platform_client(5.0) as client:
        content = b"x" * 1_000_000
        assert (await client.post(f"http://127.0.0.1:{port}/", content=content)).text == "hi"
    assert b"".join(connections[0]).endswith(content)


async def test_a_connection_that_the_server_has_closed_is_not_written_to() -> None:
    """A server may close what rests at any time; a message must not be lost in it."""
    async with serving(closes=True) as (port, connections), platform_client(5.0) as client:
        for _ in range(5):
            assert (await client.post(f"http://127.0.0.1:{port}/", json={})).text == "hi"
    assert [len(pieces) for pieces in connections] == [1] * 5


async def test_an_address_that_leads_nowhere_costs_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    lookup = loop.getaddrinfo
    async with serving() as (port, _), platform_client(httpx2.Timeout(5.0)) as client:

        async def twice(host: str, port: int, **more: Any) -> list[Any]:
            # RFC 5737: nobody has this address, and what is sent to it gets no answer.
            (dead,), (good,) = [await lookup(each, port, **more) for each in ("192.0.2.1", "127.0.0.1")]
            return [dead, good]

        monkeypatch.setattr(loop, "getaddrinfo", twice)
        began = loop.time()
        assert (await client.get(f"http://two.example:{port}/")).text == "hi"
        assert loop.time() - began < 2


async def test_nobody_there_is_a_connection_that_failed() -> None:
    async with serving() as (port, _):
        pass
    async with platform_client(5.0) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/")
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://no-such-name.invalid/")


async def test_who_does_not_answer_is_waited_for_as_long_as_said() -> None:
    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        left.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        async with platform_client(0.2) as client:
            with pytest.raises(httpx2.ReadTimeout):
                await client.get(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await asyncio.wait_for(left.wait(), 10)


async def test_a_certificate_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(certificate)
    async with serving(ssl=theirs) as (port, connections):
        async with platform_client(5.0) as client:
            with pytest.raises(httpx2.ConnectError, match="certificate"):
                await client.get(f"https://localhost:{port}/")
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(network, "ssl_context", lambda: trusting)
        async with platform_client(5.0) as client:
            for _ in range(2):
                assert (await client.post(f"https://localhost:{port}/", json={})).text == "hi"
            with pytest.raises(httpx2.ConnectError, match="certificate"):
                await client.get(f"https://127.0.0.1:{port}/")
    assert [len(pieces) for pieces in connections if pieces] == [2]
