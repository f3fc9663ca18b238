"""The HTTP side of the repository: what is not served, bounds, and Git processes that end."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.gitops.fleet import Fleet, specification
from tests.gitops.server import Clone, serving

CLOSED = [
    ("GET", "/"),
    ("GET", "/HEAD"),
    ("GET", "/config"),
    ("GET", "/info/refs"),
    ("GET", "/info/refs?service=git-upload-archive"),
    ("GET", "/info/refs?service=git-upload-pack&x=1"),
    ("GET", "/objects/info/packs"),
    ("GET", "/../keys/age.key"),
    ("GET", "/..%2fkeys%2fage.key"),
    ("GET", "/git-upload-pack"),
    ("POST", "/info/refs?service=git-upload-pack"),
    ("POST", "/git-upload-archive"),
    ("POST", "/hooks/pre-receive"),
    ("DELETE", "/git-receive-pack"),
]


async def test_only_gits_smart_protocol_is_served(fleet: Fleet) -> None:
    async with serving(fleet) as url, httpx2.AsyncClient(verify=False, trust_env=False) as client:
        for method, path in CLOSED:
            answer = await client.request(method, f"{url}{path}")
            assert answer.status_code == 404, (method, path)
        answer = await client.get(f"{url}/info/refs?service=git-upload-pack")
        assert answer.status_code == 200
        assert b"refs/botyard" not in answer.content


async def test_bodies_may_be_compressed_and_are_bounded_all_the_same(fleet: Fleet) -> None:
    bomb = gzip.compress(b"0" * (200 << 20), 1)
    headers = {"content-type": "application/x-git-upload-pack-request", "content-encoding": "gzip"}
    git = psutil.Process()
    async with (
        serving(fleet, largest_body=2 << 20) as url,
        httpx2.AsyncClient(verify=False, trust_env=False) as client,
    ):
        before = git.memory_info().rss
        answer = await client.post(f"{url}/git-upload-pack", content=bomb, headers=headers)
        assert answer.status_code >= 400 or b"ERR" in answer.content or answer.content == b""
        assert git.memory_info().rss - before < 50 << 20


def _gigabyte_push() -> Iterator[bytes]:
    """A well-formed push of one file of a gigabyte, made as it is sent."""
    command = b"%s %s refs/heads/main\0report-status" % (b"0" * 40, b"1" * 40)
    yield b"%04x%s0000" % (len(command) + 4, command)
    # Version 2, one object: a blob (3 << 4) whose size of 2^30 follows in groups of seven bits.
    yield b"PACK" + (2).to_bytes(4, "big") + (1).to_bytes(4, "big") + bytes([0xB0, 0x80, 0x80, 0x80, 0x20])
    stored = zlib.compressobj(0)
    for _ in range(1 << 14):
        yield stored.compress(bytes(1 << 16))


async def test_a_gigabyte_is_413_and_memory_stays_flat(fleet: Fleet) -> None:
    sent = 0

    async def streamed() -> AsyncIterator[bytes]:
        nonlocal sent
        for part in _gigabyte_push():
            sent += len(part)
            yield part

    headers = {"content-type": "application/x-git-receive-pack-request"}
    memory = psutil.Process()
    async with (
        serving(fleet, largest_body=1 << 20) as url,
        httpx2.AsyncClient(verify=False, trust_env=False) as client,
    ):
        before = memory.memory_info().rss
        answer = await client.post(f"{url}/git-receive-pack", content=b"0" * (2 << 20), headers=headers)
        assert answer.status_code == 413
        assert "push in parts" in answer.text
        with contextlib.suppress(httpx2.TransportError):
            # The server may answer and close while the client is still sending.
            answer = await client.post(f"{url}/git-receive-pack", content=streamed(), headers=headers)
            assert answer.status_code == 413
        assert sent > 1 << 20
        assert memory.memory_info().rss - before < 50 << 20
    assert _git_servers() == []


async def test_a_push_that_is_too_large_says_so(fleet: Fleet, tmp_path: Path) -> None:
    async with serving(fleet, largest_body=1 << 20) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        await clone.git("config", "core.compression", "0")
        await clone.commit("README.md", "#" * (3 << 20))
        taken, said = await clone.push()
        assert not taken
        assert "413" in said


async def test_a_client_that_leaves_takes_git_with_it(fleet: Fleet) -> None:
    async with serving(fleet) as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        writer.write(b"Content-Type: application/x-git-receive-pack-request\r\n\r\n0000")
        await writer.drain()
        await _until(lambda: len(_git_servers()) > 0)
        writer.close()
        await writer.wait_closed()
        await _until(lambda: _git_servers() == [])


async def test_a_slow_client_is_not_waited_for(fleet: Fleet) -> None:
    async with serving(fleet, seconds=0.5) as url:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /git-receive-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n")
        writer.write(b"Content-Type: application/x-git-receive-pack-request\r\n\r\n0000")
        await writer.drain()
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()
        await writer.wait_closed()
        assert _git_servers() == []


@pytest.mark.parametrize("name", ["$(touch /tmp/p)", "--upload-pack=x", "a\nb"])
async def test_odd_queries_start_nothing(fleet: Fleet, name: str) -> None:
    async with serving(fleet) as url, httpx2.AsyncClient(verify=False, trust_env=False) as client:
        answer = await client.get(f"{url}/info/refs", params={"service": name})
        assert answer.status_code == 404


async def test_a_clone_has_what_the_api_wrote(fleet: Fleet, tmp_path: Path) -> None:
    await fleet.commit("deploy", spec=specification())
    async with serving(fleet) as url:
        clone = await Clone.of(url, tmp_path / "clone")
        text = (clone.folder / "users/al/alice/support/bot.yaml").read_text()
        assert text == 'version: 1\nname: "support"\ninstructions: "You are kind."\n'
        assert "Start the fleet" in await clone.git("log", "--format=%s")


def _git_servers() -> list[int]:
    """Git processes below this test."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "http-backend" in child.cmdline():
                found.append(child.pid)
    return found


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        for pause in itertools.chain([0.0], itertools.repeat(0.01)):
            await asyncio.sleep(pause)
            if holds():
                return
