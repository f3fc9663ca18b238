"""A platform that signs what it sends: its secret stays with the keeper, and only what it signed gets in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent_runtime.hive.keeper import Keeper
from agent_runtime.home import Home
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.public import public_app
from agent_runtime.supervisor import listen
from agent_runtime.wire import Call, Json, Link, Peer
from tests.agent_runtime.hive.running import until, write_revision
from tests.agent_runtime.hive.sealing import make_key, seal

NAME, SECRET, OTHERS = "SLACK_SIGNING_SECRET", "made-up-for-this-test", "of-another-bot"
PATH = "/webhook/al.one/slack"
EVENT = {
    "type": "message",
    "channel_type": "im",
    "channel": "D1",
    "user": "U1",
    "ts": "17.0001",
    "text": "hi",
}
BODY = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": EVENT}).encode()


@dataclass
class Way:
    """From a platform to a dispatcher that takes whatever it is handed."""

    http: httpx2.AsyncClient
    stored: list[list[Any]] = field(default_factory=list)
    keeper_answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Json] = field(default_factory=list)

    async def post(self, headers: dict[str, str], body: bytes = BODY, path: str = PATH) -> httpx2.Response:
        return await self.http.post(path, content=body, headers=headers)


@pytest.fixture
async def way(tmp_path: Path) -> AsyncIterator[Way]:
    home = Home.at(tmp_path)
    recipient = make_key(home)
    for bot, value in (("al.one", SECRET), ("al.two", OTHERS)):
        write_revision(home, bot, "r1", "x", {NAME: await seal(recipient, bot, NAME, value)})
    found = Way(httpx2.AsyncClient())
    found.keeper_answers.set()
    keeper = Keeper(home)

    async def dispatcher(call: Call) -> Json | None:
        if call.kind == "listen":
            told = {"there": True, "revision": "r1", "proofs": {}}
            for bot, signing in (("al.one", {"slack": NAME}), ("al.two", {"slack": NAME}), ("al.mute", {})):
                call.part({**told, "bot": bot, "signing": signing})
            call.part({"ready": True})
            await asyncio.Event().wait()
        found.stored += call.data["items"]
        return {"problems": {}}

    async def asked(call: Call) -> Json | None:
        found.asked.append(call.data)
        await found.keeper_answers.wait()
        return await keeper.asked(call)

    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_unix_server(lambda: Peer(dispatcher), sock=listen(tmp_path / "d.sock")),
        await loop.create_unix_server(lambda: Peer(asked), sock=listen(tmp_path / "k.sock")),
    ]
    links = [Link(tmp_path / name) for name in ("d.sock", "d.sock", "k.sock")]
    known = KnownBots(links[0])
    following = asyncio.create_task(known.follow())
    await until(known.complete.is_set)
    transport = httpx2.ASGITransport(app=public_app(known, links[1], links[2]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://webhook") as found.http:
        yield found
    following.cancel()
    for link in links:
        link.close()
    for server in servers:
        server.close()


def signed(body: bytes = BODY, secret: str = SECRET, stamp: float | None = None) -> dict[str, str]:
    at = str(int(time.time() if stamp is None else stamp))
    base = b":".join((b"v0", at.encode(), body))
    signature = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={signature}"}


async def test_what_is_signed_is_stored_and_acknowledged(way: Way) -> None:
    answer = await way.post(signed())
    assert (answer.status_code, answer.content) == (200, b"")
    assert way.stored == [["al.one", "slack", "D1-17.0001", "slack:D1", "slack:U1", BODY.decode()]]


async def test_a_question_whether_the_address_is_ours_is_answered_and_nothing_stored(way: Way) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB10FEMAGAZd4"}).encode()
    assert (await way.post({}, body)).status_code == 401
    answer = await way.post(signed(body), body)
    assert (answer.status_code, answer.text) == (200, "3eZbrw1aB10FEMAGAZd4")
    assert way.stored == []


async def test_nothing_else_gets_in(way: Way) -> None:
    now, good = time.time(), signed()
    forged: list[tuple[bytes, dict[str, str]]] = [
        (BODY, {}),
        (BODY, {"X-Slack-Signature": "", "X-Slack-Request-Timestamp": ""}),
        (BODY, {**good, "X-Slack-Signature": good["X-Slack-Signature"].removeprefix("v0=")}),
        (BODY, {**good, "X-Slack-Signature": good["X-Slack-Signature"].upper()}),
        (BODY, {**good, "X-Slack-Signature": "v0=" + "\u00b2" * 64}),
        (BODY, {**good, "X-Slack-Signature": "v0="}),
        (BODY, {**good, "X-Slack-Request-Timestamp": str(int(now) + 1)}),
        (BODY, {**good, "X-Slack-Request-Timestamp": "\u0661" * 10}),
        (BODY, {"X-Slack-Signature": good["X-Slack-Signature"]}),
        (BODY, signed(secret=OTHERS)),
        (BODY, signed(secret="")),
        (BODY.replace(b"hi", b"ho"), good),
        (BODY + b" ", good),
        (BODY, signed(stamp=now - 305)),
        (BODY, signed(stamp=now + 305)),
        (BODY, {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"}),
    ]
    for body, headers in forged:
        raw = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
        answer = await way.http.post(PATH, content=body, headers=raw)
        assert answer.status_code == 401, headers
        assert answer.headers["content-type"] == "application/problem+json"
    for path, status in (
        ("/webhook/al.two/slack", 401),
        ("/webhook/al.mute/slack", 401),
        ("/webhook/al.one/telegram", 401),
        ("/webhook/al.one/other", 401),
        ("/webhook/al.nobody/slack", 404),
    ):
        assert (await way.post(good, path=path)).status_code == status, path
    assert (await way.http.get(PATH, params={"hub.challenge": "1"})).status_code == 401
    assert way.stored == []
    # What was wrong was the proof.
    assert (await way.post(good)).status_code == 200


async def test_no_secret_comes_to_the_receiver_and_a_keeper_that_is_away_costs_no_message(
    way: Way, tmp_path: Path
) -> None:
    await way.post(signed())
    assert [set(each) for each in way.asked] == [{"bot", "revision", "name", "message", "signature"}]
    for path in tmp_path.rglob(f"{NAME}.sops.yaml"):
        path.unlink()
    answer = await way.post(signed())
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


async def test_a_flood_of_forgeries_reads_no_body(way: Way) -> None:

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(400):
            yield b"x" * 65536

    answer = await way.http.post(PATH, content=endless(), headers=signed(stamp=time.time() - 400))
    assert answer.status_code == 401
    answer = await way.http.post(PATH, content=endless(), headers=signed())
    assert answer.status_code == 413
    assert way.asked == []


async def test_forgeries_wait_for_one_another_and_not_without_end(way: Way) -> None:
    way.keeper_answers.clear()
    posts = [asyncio.create_task(way.post(signed(secret=OTHERS))) for _ in range(100)]
    refused = await until(lambda: [each for each in posts if each.done()])
    assert {each.result().status_code for each in refused} == {503}
    await until(lambda: len([each for each in posts if each.done()]) == 100 - 64)
    await until(lambda: len(way.asked) >= 4)
    assert len(way.asked) == 4
    way.keeper_answers.set()
    codes = [(await each).status_code for each in posts]
    assert codes.count(401) == 64
    assert (await way.post(signed())).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"event": 3}', b"[" * 100_000])
async def test_what_cannot_be_read_is_not_sent_for_ever(way: Way, body: bytes) -> None:
    assert (await way.post(signed(body), body)).status_code == 200
    assert way.stored == []
