"""Where a message can't be stored, the platform is told to send it again, and never that it has arrived."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from agent_runtime.channels.telegram.inbound import digest_of, secret_of
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.public import public_app
from agent_runtime.supervisor import listen
from agent_runtime.wire import Call, Json, Link, Peer, ProblemError
from tests.agent_runtime.hive.running import until

TOKEN = "7000000001:AAof-no-bot-that-there-is"
UPDATE = {
    "update_id": 1,
    "message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": "hello"},
}


@contextlib.asynccontextmanager
async def refusing(folder: Path, problem: ProblemError) -> AsyncIterator[Path]:
    """A dispatcher that knows one bot and can store nothing."""

    async def asked(call: Call) -> Json | None:
        if call.kind == "listen":
            told = {"bot": "al.one", "there": True, "revision": "r"}
            call.part({**told, "proofs": {"telegram": digest_of(secret_of(TOKEN))}})
            call.part({"ready": True})
            await asyncio.Event().wait()
        raise problem

    path = folder / "d.sock"
    open_peers: set[Peer] = set()

    def peer() -> Peer:
        one = Peer(asked, gone=open_peers.discard)
        open_peers.add(one)
        return one

    server = await asyncio.get_running_loop().create_unix_server(peer, sock=listen(path))
    yield path
    await until(lambda: not open_peers)
    server.close()


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (ProblemError(503, "too much is waiting"), 503),
        (ProblemError(507, "no room"), 503),
        (ProblemError(500, "internal error"), 503),
        (ProblemError(404, "no such bot"), 404),
        (ProblemError(422, "not a message"), 200),
    ],
)
async def test_the_answer_says_whether_to_send_it_again(
    tmp_path: Path, problem: ProblemError, status: int
) -> None:
    async with refusing(tmp_path, problem) as path:
        dispatcher, telling = Link(path), Link(path)
        known = KnownBots(telling)
        following = asyncio.create_task(known.follow())
        await until(known.complete.is_set)
        transport = httpx2.ASGITransport(app=public_app(known, dispatcher, Link(tmp_path / "no-keeper.sock")))
        async with httpx2.AsyncClient(transport=transport, base_url="http://webhook") as client:
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret_of(TOKEN)}
            answer = await client.post("/webhook/al.one", json=UPDATE, headers=headers)
        assert answer.status_code == status
        assert ("retry-after" in answer.headers) == (status == 503)
        following.cancel()
        dispatcher.close()
        telling.close()
