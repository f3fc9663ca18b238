"""The Discord simulator is as strict as Discord: its refusals, its sessions, its interactions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.simulators.discord.client import Discord

Json = dict[str, Any]
_MESSAGES = "POST /channels/{channel}/messages"
_INTENTS = 1 | 1 << 9 | 1 << 12 | 1 << 15


def http_of(discord: Discord, token: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (https://example.org, 1)"}
    return httpx2.AsyncClient(base_url=discord.api_url, headers=headers, verify=False)


def identify(token: str, intents: int = _INTENTS, **more: Any) -> Json:
    properties = {"os": "linux", "browser": "test", "device": "test"}
    return {"op": 2, "d": {"token": token, "intents": intents, "properties": properties, **more}}


@asynccontextmanager
async def gateway(discord: Discord, path: str = "/gateway") -> AsyncIterator[ClientConnection]:
    """A connection that has said hello."""
    url = f"{discord.url.replace('http', 'ws')}{path}?v=10&encoding=json"
    async with connect(url, ping_interval=None, compression=None) as socket:
        assert (await heard(socket))["op"] == 10
        yield socket


async def heard(socket: ClientConnection) -> Json:
    async with asyncio.timeout(10):
        return dict(json.loads(await socket.recv()))


async def say(socket: ClientConnection, payload: Json) -> None:
    await socket.send(json.dumps(payload))


async def closed_with(socket: ClientConnection) -> int:
    try:
        while True:
            await heard(socket)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else 0


async def test_a_session_starts_and_hears_what_its_intents_let_it(discord: Discord) -> None:
    bot = await discord.create_bot()
    guild = await discord.guild(bot["token"])
    async with gateway(discord) as socket:
        await say(socket, identify(bot["token"], 1 | 1 << 9 | 1 << 12))
        ready = await heard(socket)
        assert (ready["t"], ready["d"]["user"]["id"]) == ("READY", bot["id"])
        assert ready["d"]["guilds"] == [{"id": guild["id"], "unavailable": True}]
        created = await heard(socket)
        assert (created["t"], created["d"]["channels"][0]["id"]) == ("GUILD_CREATE", guild["channel"])
        for text, shown in (("hello all", ""), (f"<@{bot['id']}> hello", f"<@{bot['id']}> hello")):
            await discord.say(bot["token"], 7, text, channel=guild["channel"])
            message = await heard(socket)
            assert (message["t"], message["d"]["content"]) == ("MESSAGE_CREATE", shown)
        await discord.say(bot["token"], 7, "in private")
        assert (await heard(socket))["d"]["content"] == "in private"


async def test_who_comes_back_hears_what_no_heartbeat_has_confirmed(discord: Discord) -> None:
    bot = await discord.create_bot()
    async with gateway(discord) as socket:
        await say(socket, identify(bot["token"]))
        session = (await heard(socket))["d"]["session_id"]
        for text in ("one", "two"):
            await discord.say(bot["token"], 7, text)
            await heard(socket)
        await say(socket, {"op": 1, "d": 2})
        assert (await heard(socket))["op"] == 11
        await discord.do(bot["token"], "close", code=4000)
        assert await closed_with(socket) == 4000
    await discord.say(bot["token"], 7, "three")
    resume: Json = {"op": 6, "d": {"token": bot["token"], "session_id": session, "seq": 2}}
    async with gateway(discord, "/gateway/resume") as socket:
        await say(socket, resume)
        assert [(await heard(socket))["d"].get("content") for _ in range(3)] == ["two", "three", None]
    # What it confirmed is not kept for it, and a session that was ended in order is gone.
    async with gateway(discord) as socket:
        await say(socket, resume | {"d": resume["d"] | {"seq": 1}})
        assert await heard(socket) == {"op": 9, "d": False, "s": None, "t": None}
    assert (await discord.gateway(bot["token"]))["sessions"] == []


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 3, "d": {}}, 4003),
        ({"op": 99}, 4001),
        ({"op": 1, "d": "x"}, 4002),
        ({"d": "x" * 5000, "op": 1}, 4002),
        (identify("no.such.token"), 4004),
        ({"op": 6, "d": {"token": "no.such.token", "session_id": "x", "seq": 1}}, 4004),
    ],
)
async def test_what_must_not_be_said_ends_the_connection(discord: Discord, payload: Json, code: int) -> None:
    async with gateway(discord) as socket:
        await say(socket, payload)
        assert await closed_with(socket) == code


async def test_intents_shards_and_starts_are_checked(discord: Discord) -> None:
    bot = await discord.create_bot(message_content=False, starts={"window": 0.0, "remaining": 4})
    wrong = ((identify(bot["token"], 1 << 30), 4013), (identify(bot["token"], shard=[1, 1]), 4010))
    for payload, code in (*wrong, (identify(bot["token"]), 4014)):
        async with gateway(discord) as socket:
            await say(socket, payload)
            assert await closed_with(socket) == code
    async with gateway(discord) as socket:
        await say(socket, identify(bot["token"], 1))
        assert (await heard(socket))["t"] == "READY"
        await say(socket, identify(bot["token"], 1))
        assert await closed_with(socket) == 4005
    for code in (4005, 4005, 4004):
        async with gateway(discord) as socket:
            await say(socket, identify(bot["token"], 1))
            await say(socket, identify(bot["token"], 1))
            assert await closed_with(socket) == code


async def test_two_sessions_of_a_key_do_not_start_at_once(discord: Discord) -> None:
    bot = await discord.create_bot(starts={"shards": 2, "max_concurrency": 1})
    async with gateway(discord) as one, gateway(discord) as two:
        await say(one, identify(bot["token"], shard=[0, 2]))
        assert (await heard(one))["t"] == "READY"
        await say(two, identify(bot["token"], shard=[1, 2]))
        assert (await heard(two))["op"] == 9


async def test_who_beats_no_heart_is_disconnected(discord: Discord) -> None:
    await discord.settings(heartbeat=0.1)
    async with gateway(discord) as socket:
        assert await closed_with(socket) == 4000


async def test_messages_have_limits_and_buckets(discord: Discord) -> None:
    bot = await discord.create_bot()
    channel = (await discord.say(bot["token"], 7, "hello"))["channel_id"]
    async with http_of(discord, bot["token"]) as http:
        path = f"/channels/{channel}/messages"
        refused = [
            ({"content": "x" * 2001}, 400, 50035),
            ({"content": " "}, 400, 50006),
            ({"content": "x", "allowed_mentions": {"parse": ["all"]}}, 400, 50035),
            ({"content": "x", "message_reference": {"message_id": "1"}}, 400, 50035),
        ]
        for body, status, code in refused:
            answer = await http.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        # A refusal counts against the bucket as well.
        well = await http.post(path, json={"content": "x", "nonce": "n1", "enforce_nonce": True})
        assert (well.status_code, well.headers["x-ratelimit-remaining"]) == (200, "0")
        late = await http.post(path, json={"content": "x"})
        assert (late.status_code, late.headers["x-ratelimit-scope"]) == (429, "user")
        assert 0 < late.json()["retry_after"] <= 5
        await discord.settings(limits={"routes": {_MESSAGES: [100, 1.0]}})
    assert [each["content"] for each in await discord.sent(bot["token"], count=1)] == ["x"]


async def test_a_nonce_is_sent_once(discord: Discord) -> None:
    bot = await discord.create_bot()
    channel = (await discord.say(bot["token"], 7, "hello"))["channel_id"]
    body = {"content": "x", "nonce": "n1", "enforce_nonce": True}
    async with http_of(discord, bot["token"]) as http:
        ids = [(await http.post(f"/channels/{channel}/messages", json=body)).json()["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(await discord.sent(bot["token"])) == 1


async def test_who_asks_too_wrongly_too_often_is_shut_out(discord: Discord) -> None:
    await discord.settings(limits={"invalid": 3})
    async with http_of(discord, "no.such.token") as http:
        statuses = [(await http.get("/users/@me")).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert (await discord.settings())["banned"]


async def test_an_interaction_is_answered_once_and_in_time(discord: Discord) -> None:
    bot = await discord.create_bot()
    async with http_of(discord, bot["token"]) as http, gateway(discord) as socket:
        await say(socket, identify(bot["token"]))
        await heard(socket)
        commands = [
            {"name": "ask", "description": "Ask", "options": [{"name": "q", "description": "Q", "type": 3}]}
        ]
        made = await http.put(f"/applications/{bot['id']}/commands", json=commands)
        assert made.status_code == 200
        await discord.interact(bot["token"], 7, "ask", q="why?")
        asked = (await heard(socket))["d"]
        assert (asked["data"]["name"], asked["user"]["id"]) == ("ask", "7")
        callback, webhook = (
            f"/interactions/{asked['id']}/{asked['token']}/callback",
            f"/webhooks/{bot['id']}/{asked['token']}",
        )
        assert (await http.post(webhook, json={"content": "early"})).json()["code"] == 10015
        assert (await http.post(callback, json={"type": 5})).status_code == 204
        assert (await http.post(callback, json={"type": 5})).json()["code"] == 40060
        original = await http.patch(f"{webhook}/messages/@original", json={"content": "because"})
        assert original.json()["content"] == "because"
        assert (await http.post(webhook, json={"content": "and so"})).status_code == 200
        await discord.settings(interaction_seconds=0)
        assert (await http.post(webhook, json={"content": "late"})).json()["code"] == 50027
    assert [each["content"] for each in await discord.sent(bot["token"])] == ["because", "and so"]
