"""Replies reach Discord once, whatever happens on the way, as fast as it says and no faster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_runtime.channels.channel import (
    Attached,
    GoneError,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.discord import writing
from agent_runtime.channels.discord.api import DiscordApi
from agent_runtime.channels.discord.application import application_of, register
from agent_runtime.channels.discord.inbound import identify_interaction, identify_message
from agent_runtime.channels.discord.outbound import DiscordOutbound
from agent_runtime.channels.discord.reading import Place, read
from tests.simulators.discord.client import Discord
from tests.simulators.serving import serving

PERSON = 1001
MESSAGES = "POST /channels/{channel}/messages"


@dataclass
class Kept:
    """`Preview` that a test reads."""

    id: str | None = None

    async def keep(self, message: str) -> None:
        self.id = message


@dataclass
class Line:
    """A bot of the simulator and its way out."""

    discord: Discord
    bot: dict[str, Any]
    out: DiscordOutbound

    async def asked(self, text: str = "hello", **more: Any) -> tuple[str, str | None]:
        """A person writes: the conversation, and what the answer belongs to."""
        message = await self.discord.say(self.bot["token"], PERSON, text, **more)
        if "guild" in more:
            message["guild_id"] = more["guild"]
        arrival = identify_message(message, self.bot["id"])
        assert arrival is not None
        return arrival.conversation, read(json.loads(arrival.payload)).answer_to

    async def reply(self, place: tuple[str, str | None], text: str, shown: str | None = None) -> list[str]:
        """As the outbox does it, waiting as it is told to."""
        found = []
        for payload in self.out.parts(place[0], text, place[1], shown):
            await asyncio.sleep(self.out.pause(payload))
            found.append(await self.out.send(payload))
        return found

    async def texts(self) -> list[str]:
        return [
            each["content"] for each in await self.discord.sent(self.bot["token"]) if not each.get("deleted")
        ]


@pytest.fixture
async def line(discord: Discord) -> AsyncIterator[Line]:
    bot = await discord.create_bot()
    out = DiscordOutbound(discord.api_url, bot["token"])
    yield Line(discord, bot, out)
    await out.aclose()


async def test_a_reply_in_private_and_one_in_a_server(line: Line) -> None:
    await line.reply(await line.asked(), "Good *day* @everyone")
    server = await line.discord.guild(line.bot["token"])
    mention = f"<@{line.bot['id']}> hi"
    place = await line.asked(mention, channel=server["channel"], guild=server["id"])
    await line.reply(place, f"You too, <@{PERSON}>")
    private, public = await line.discord.sent(line.bot["token"])
    assert (private["content"], private["mention_everyone"]) == ("Good *day* @everyone", False)
    assert "message_reference" not in private
    assert public["channel_id"] == server["channel"]
    assert public["referenced_message"]["content"] == mention
    assert public["mentions"] == []


async def test_a_person_is_written_to_who_has_said_nothing_just_now(line: Line) -> None:
    await line.discord.say(line.bot["token"], PERSON, "hi")
    await line.reply((f"discord:{PERSON}", None), "Somebody asks to talk to me.")
    assert await line.texts() == ["Somebody asks to talk to me."]


async def test_what_was_sent_already_is_not_sent_twice(line: Line) -> None:
    place = await line.asked()
    await line.discord.fault(line.bot["token"], MESSAGES, "drop", after_accept=True)
    [payload] = line.out.parts(place[0], "once", place[1])
    with pytest.raises(UncertainError):
        await line.out.send(payload)
    await line.out.send(payload)
    assert await line.texts() == ["once"]


async def test_the_text_grows_in_one_message_which_becomes_the_answer(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SHOW_SECONDS", 0.05)
    place, kept = await line.asked(), Kept()
    async with line.out.working(*place, kept) as show:
        assert await line.discord.typing(line.bot["token"], count=1)
        show("Good ")
        await line.discord.sent(line.bot["token"], count=1)
        show("day")
        await line.discord.calls(line.bot["token"], "PATCH /channels/{channel}/messages/{message}", count=1)
    assert kept.id is not None
    assert await line.reply(place, "Good day to you", kept.id) == [kept.id]
    assert await line.texts() == ["Good day to you"]


async def test_a_worker_that_died_before_it_knew_what_it_showed_finds_it_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SHOW_SECONDS", 0.05)
    place = await line.asked()
    async with line.out.working(*place, Kept()) as show:
        show("Half an")
        await line.discord.sent(line.bot["token"], count=1)
    await line.reply(place, "Half an answer")
    assert await line.texts() == ["Half an answer"]


async def test_discord_says_how_fast_and_no_request_is_made_in_vain(line: Line) -> None:
    place = await line.asked()
    await line.discord.settings(limits={"routes": {MESSAGES: [2, 0.5]}})
    text = "\n\n".join(["word " * 300] * 7)
    assert len(await line.reply(place, text)) == 7
    assert "".join(await line.texts()).count("word") == 2100
    statuses = [each["status"] for each in await line.discord.calls(line.bot["token"], MESSAGES)]
    assert 429 not in statuses


async def test_what_discord_refuses_is_told_apart(line: Line) -> None:
    place = await line.asked()
    [payload] = line.out.parts(place[0], "hello", place[1])
    await line.discord.fault(line.bot["token"], MESSAGES, "500")
    with pytest.raises(UncertainError):
        await line.out.send(payload)
    await line.discord.close_to(line.bot["token"], PERSON)
    with pytest.raises(GoneError):
        await line.out.send(payload)
    server = await line.discord.guild(line.bot["token"])
    await line.discord.deny(line.bot["token"], server["channel"], "SEND_MESSAGES")
    [refused] = line.out.parts(f"discord:{server['id']}:{server['channel']}", "hello")
    with pytest.raises(RefusedError, match="let the bot view the channel"):
        await line.out.send(refused)
    await line.discord.reset(line.bot["token"])
    with pytest.raises(TokenRefusedError):
        await line.out.send(payload)
    nowhere = DiscordOutbound("http://127.0.0.1:9", "a.b.c")
    with pytest.raises(WaitError):
        await nowhere.send(payload)
    await nowhere.aclose()


async def test_where_the_bot_may_not_read_back_it_answers_without_a_reply(line: Line) -> None:
    server = await line.discord.guild(line.bot["token"])
    mention = f"<@{line.bot['id']}> hi"
    place = await line.asked(mention, channel=server["channel"], guild=server["id"])
    await line.discord.deny(line.bot["token"], server["channel"], "READ_MESSAGE_HISTORY")
    await line.reply(place, "Hello!")
    [sent] = await line.discord.sent(line.bot["token"])
    assert sent["content"] == "Hello!"


async def test_a_file_is_fetched_within_its_limit_and_from_discord_only(line: Line) -> None:
    sent = await line.discord.file("notes.txt", b"Tea at five.", "text/plain")
    attached = Attached(sent["url"], "notes.txt", sent["size"])
    assert await line.out.fetch(attached, 100) == b"Tea at five."
    assert await line.out.fetch(attached, 5) is None
    assert await line.out.fetch(Attached(sent["url"], "notes.txt"), 5) is None
    for url in ("https://evil.example/x", "http://cdn.discordapp.com/x", "file:///etc/passwd", "//"):
        with pytest.raises(RefusedError):
            await line.out.fetch(Attached(url, "x"), 100)


async def test_where_an_answer_belongs_survives_as_text() -> None:
    for place in (Place("55", "12"), Place("55", "12", "900", "aW50ZXJhY3Rpb24_-=")):
        assert Place.of(str(place)) == place


@dataclass
class Endpoint:
    """What commands are sent to, which answers when it is let."""

    url: str
    let: asyncio.Event
    taken: asyncio.Queue[dict[str, Any]]


@pytest.fixture
async def endpoint(line: Line) -> AsyncIterator[Endpoint]:
    let: asyncio.Event = asyncio.Event()
    let.set()
    taken: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def answer(request: Request) -> Response:
        body = await request.json()
        if request.headers["x-signature-ed25519"].startswith("00000000"):
            return Response(status_code=401)
        await taken.put(body)
        await let.wait()
        return JSONResponse({"type": 1 if body["type"] == 1 else 5})

    app = Starlette(routes=[Route("/", answer, methods=["POST"])])
    async with serving(app) as url:
        api = DiscordApi(line.discord.api_url, line.bot["token"])
        await register(api, await application_of(api), f"{url}/")
        await api.aclose()
        await taken.get()
        yield Endpoint(url, let, taken)


async def commanded(line: Line, endpoint: Endpoint) -> tuple[str, str | None]:
    """A person gives a command: the conversation, and what the answer belongs to."""
    await line.discord.interact(line.bot["token"], PERSON, "ask", question="why?")
    body = await asyncio.wait_for(endpoint.taken.get(), 10)
    arrival = identify_interaction(body, "{}")
    assert arrival is not None
    return arrival.conversation, read(body).answer_to


async def answers(line: Line) -> list[dict[str, Any] | None]:
    return [each["message"] for each in await line.discord.interactions(line.bot["token"])]


async def test_commands_are_registered_once(line: Line, endpoint: Endpoint) -> None:
    api = DiscordApi(line.discord.api_url, line.bot["token"])
    application = await application_of(api)
    await register(api, application, application.endpoint)
    await api.aclose()
    names = [each["name"] for each in await line.discord.commands(line.bot["token"])]
    assert names == ["approve", "ask", "decline", "help", "reset", "start", "stop", "usage"]
    puts = await line.discord.calls(line.bot["token"], "PUT /applications/{application}/commands")
    assert len(puts) == 1


async def test_an_answer_that_is_faster_than_its_promise_waits_for_it(line: Line, endpoint: Endpoint) -> None:
    endpoint.let.clear()
    place = await commanded(line, endpoint)
    replying = asyncio.create_task(line.reply(place, "Because."))
    webhook = "PATCH /webhooks/{application}/{token}/messages/{message}"
    await line.discord.calls(line.bot["token"], webhook, count=1)
    endpoint.let.set()
    await replying
    [message] = await answers(line)
    assert message is not None
    assert message["content"] == "Because."
    assert await line.texts() == ["Because."]


async def test_an_answer_to_a_command_that_nobody_heard_in_time_waits_for_no_promise(
    line: Line, endpoint: Endpoint
) -> None:
    endpoint.let.clear()
    place = await commanded(line, endpoint)
    [payload] = line.out.parts(place[0], "Sorry, I was away.", place[1])
    payload["interaction"]["until"] -= 10
    before = len(await line.discord.calls(line.bot["token"]))
    await line.out.send(payload)
    routes = [each["route"].split("/")[1] for each in (await line.discord.calls(line.bot["token"]))[before:]]
    assert routes == ["webhooks", "channels"]
    endpoint.let.set()


async def test_a_long_answer_goes_on_in_follow_ups_and_an_empty_one_takes_the_promise_back(
    line: Line, endpoint: Endpoint
) -> None:
    place = await commanded(line, endpoint)
    await line.discord.interactions(line.bot["token"], count=1)
    await line.reply(place, "\n\n".join(["word " * 300] * 4))
    assert "".join(await line.texts()).count("word") == 1200
    quiet = await commanded(line, endpoint)
    await line.discord.interactions(line.bot["token"], count=2)
    await line.reply(quiet, "")
    assert (await answers(line))[1] is None


async def test_after_fifteen_minutes_the_answer_is_a_message_of_the_channel(
    line: Line, endpoint: Endpoint
) -> None:
    place = await commanded(line, endpoint)
    await line.discord.interactions(line.bot["token"], count=1)
    await line.discord.settings(interaction_seconds=0)
    await line.reply(place, "At last.")
    channel = (await line.discord.interactions(line.bot["token"]))[0]["channel"]
    promised, message = await line.discord.sent(line.bot["token"], channel)
    assert (promised["content"], message["content"]) == ("", "At last.")
    [payload] = line.out.parts(place[0], "Much later.", place[1])
    payload["interaction"]["until"] = 0
    before = len(await line.discord.calls(line.bot["token"]))
    await line.out.send(payload)
    calls = (await line.discord.calls(line.bot["token"]))[before:]
    assert calls
    assert all(each["route"].startswith("/channels/") for each in calls)
