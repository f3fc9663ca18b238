"""Frames over real Unix sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.wire import LONGEST_FRAME, Asked, Call, Json, Link, Peer, PeerGoneError, ProblemError


async def answers(call: Call) -> Json | None:
    if call.kind == "echo":
        return call.data
    if call.kind == "parts":
        for number in range(call.data["count"]):
            call.part({"number": number})
        return {"last": True}
    if call.kind == "refuse":
        raise ProblemError(409, "no", "because", next_step="ask otherwise")
    if call.kind == "fail":
        raise ValueError("sk-secret")
    await asyncio.Event().wait()
    return None


async def two(asked: Asked | None = answers, **more: Any) -> tuple[Peer, Peer]:
    loop = asyncio.get_running_loop()
    one, other = socket.socketpair()
    _, server = await loop.create_unix_connection(lambda: Peer(asked, **more), sock=one)
    _, client = await loop.create_unix_connection(Peer, sock=other)
    return server, client


@pytest.fixture
async def client() -> AsyncIterator[Peer]:
    server, client = await two()
    yield client
    client.close()
    server.close()


async def test_questions_are_answered_side_by_side(client: Peer) -> None:
    asked = [client.ask("echo", {"text": "é\ud83d\0" * number}) for number in range(50)]
    for number, answer in enumerate(await asyncio.gather(*asked)):
        assert answer == {"text": "é\ud83d\0" * number}


async def test_a_frame_larger_than_a_read_arrives_whole(client: Peer) -> None:
    text = "x" * 3_000_000
    assert (await client.ask("echo", {"text": text}))["text"] == text


async def test_parts_come_before_the_whole(client: Peer) -> None:
    parts: list[Json] = []
    assert await client.ask("parts", {"count": 3}, parts.append) == {"last": True}
    assert parts == [{"number": 0}, {"number": 1}, {"number": 2}]


async def test_a_refusal_travels_whole_and_a_failure_tells_nothing(client: Peer) -> None:
    with pytest.raises(ProblemError, match="because") as refused:
        await client.ask("refuse", {})
    assert (refused.value.status, refused.value.problem["next_step"]) == (409, "ask otherwise")
    with pytest.raises(ProblemError) as failed:
        await client.ask("fail", {})
    assert failed.value.status == 500
    assert "sk-secret" not in str(failed.value.problem)


async def test_a_withdrawn_question_is_cancelled_on_the_other_side() -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(call: Call) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    server, client = await two(hang)
    asking = asyncio.create_task(client.ask("hang", {}))
    await began.wait()
    asking.cancel()
    await asyncio.wait_for(cancelled.wait(), 5)
    client.close()
    server.close()


async def test_who_waits_learns_that_the_other_side_has_gone() -> None:
    gone = asyncio.Event()
    server, client = await two(answers, gone=lambda _: gone.set())
    asking = asyncio.create_task(client.ask("hang", {}))
    await asyncio.sleep(0)
    client.close()
    with pytest.raises(PeerGoneError):
        await asking
    await asyncio.wait_for(gone.wait(), 5)
    with pytest.raises(PeerGoneError):
        await client.ask("echo", {})
    client.tell("anything", {})
    assert server.closed


async def test_a_frame_that_claims_to_be_endless_ends_the_connection() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    gone = asyncio.Event()
    await loop.create_unix_connection(lambda: Peer(gone=lambda _: gone.set()), sock=theirs)
    ours.sendall(struct.pack(">I", LONGEST_FRAME + 1))
    await asyncio.wait_for(gone.wait(), 5)
    ours.close()


async def test_too_long_a_word_is_refused_where_it_is_said(client: Peer) -> None:
    with pytest.raises(ProblemError) as refused:
        await client.ask("echo", {"text": "x" * LONGEST_FRAME})
    assert refused.value.status == 413
    assert await client.ask("echo", {"a": 1}) == {"a": 1}


async def test_a_link_waits_for_its_part_and_finds_it_again(tmp_path: Path) -> None:
    loop, path = asyncio.get_running_loop(), tmp_path / "part.sock"
    peers: list[Peer] = []

    async def serve() -> asyncio.Server:
        def made() -> Peer:
            peers.append(Peer(answers))
            return peers[-1]

        return await loop.create_unix_server(made, str(path))

    link = Link(path)
    early = asyncio.create_task(link.ask("echo", {"n": 1}))
    await asyncio.sleep(0.05)
    server = await serve()
    assert await early == {"n": 1}
    hanging = asyncio.create_task(link.ask("hang", {}))
    again = asyncio.create_task(link.ask("echo", {"n": 2}, again=True))
    await asyncio.sleep(0)
    server.close()
    for peer in peers:
        peer.close()
    with pytest.raises(ProblemError) as refused:
        await hanging
    assert refused.value.status == 503
    path.unlink(missing_ok=True)
    server = await serve()
    assert await again == {"n": 2}
    link.close()
    server.close()


async def test_a_link_to_nobody_gives_up_in_time(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as refused:
        await Link(tmp_path / "none.sock").ask("echo", {}, patience=0.1)
    assert refused.value.status == 503
