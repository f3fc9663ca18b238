"""The test's side under `/_sim/`: make bots and servers; speak; read what was sent; break things.

`{bot}` is a token, an id or a username.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.discord.guilds import channel_json, guild_create, shard_of
from tests.simulators.discord.interactions import deliver
from tests.simulators.discord.messages import REPLY, add_message, delete_message, edit_message
from tests.simulators.discord.rest.call import keep_file
from tests.simulators.discord.session import GUILDS
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import (
    PUBLIC_THREAD,
    TEXT,
    Application,
    Channel,
    Fault,
    Guild,
    Interaction,
    World,
)

Json = dict[str, Any]


class Control:
    """Each method's text says what its body is and what it answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        post, both = ["POST"], ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/bots", self.create, methods=post),
                Route("/bots/{bot}/reset", self.reset, methods=post),
                Route("/bots/{bot}/intent", self.intent, methods=post),
                Route("/bots/{bot}/sign", self.sign, methods=post),
                Route("/bots/{bot}/interact", self.interact, methods=post),
                Route("/bots/{bot}/interactions", self.interactions),
                Route("/bots/{bot}/sent", self.sent),
                Route("/bots/{bot}/typing", self.typing),
                Route("/bots/{bot}/calls", self.calls),
                Route("/bots/{bot}/commands", self.commands, methods=both),
                Route("/bots/{bot}/faults", self.fault, methods=post),
                Route("/bots/{bot}/gateway", self.gateway, methods=both),
                Route("/bots/{bot}/chat", self.chat, methods=post),
                Route("/bots/{bot}/close", self.close_to, methods=post),
                Route("/guilds", self.guild, methods=post),
                Route("/channels", self.channel, methods=post),
                Route("/channels/{channel}/deny", self.deny, methods=post),
                Route("/say", self.say, methods=post),
                Route("/messages/{message}", self.message, methods=["PATCH", "DELETE"]),
                Route("/files", self.file, methods=post),
                Route("/settings", self.settings, methods=both),
            ]
        )

    def _bot(self, request: Request) -> Application:
        return self._world.find(request.path_params["bot"])

    async def create(self, request: Request) -> JSONResponse:
        """`{username?, message_content?, starts?, picture?}` → `{token, id, username, public_key}`.

        `picture` is in base64.
        """
        body = await _json(request)
        intent = bool(body.get("message_content", True))
        bot = self._world.create_bot(
            body.get("username"), message_content=intent, starts=body.get("starts", {})
        )
        bot.picture = b64decode(body.get("picture", ""))
        told = {name: getattr(bot, name) for name in ("token", "id", "username", "public_key")}
        return JSONResponse(told)

    async def reset(self, request: Request) -> JSONResponse:
        """The owner gets a new token; the old one is worth nothing."""
        return JSONResponse({"token": await self._world.reset_token(self._bot(request))})

    async def intent(self, request: Request) -> JSONResponse:
        """`{message_content}`: the switch in the portal."""
        self._bot(request).message_content = bool((await _json(request))["message_content"])
        return JSONResponse({})

    async def sign(self, request: Request) -> JSONResponse:
        """`{body}`, a text → `{signature, stamp}`: as the application's key signs it now."""
        stamp, body = str(int(time.time())), (await _json(request))["body"]
        signature = self._bot(request).key.sign((stamp + body).encode()).hex()
        return JSONResponse({"signature": signature, "stamp": stamp})

    async def guild(self, request: Request) -> JSONResponse:
        """`{bots, name?}` → `{id, channel}`: a server with these bots and one text channel."""
        body = await _json(request)
        guild = Guild(snowflake(), body.get("name", "Server"))
        channel = Channel(snowflake(), TEXT, guild.id, "general")
        self._world.guilds[guild.id], self._world.channels[channel.id] = guild, channel
        for each in body["bots"]:
            bot = self._world.find(each)
            guild.members.add(bot.id)
            for session in bot.sessions:
                if session.intents & GUILDS and shard_of(guild.id, session.shards) == session.shard:
                    await session.dispatch("GUILD_CREATE", guild_create(self._world, bot, guild))
        return JSONResponse({"id": guild.id, "channel": channel.id})

    async def channel(self, request: Request) -> JSONResponse:
        """`{guild, name?}` or `{parent, name?}`: a text channel, or a thread in one → `{id}`."""
        body = await _json(request)
        parent = self._world.channels.get(body.get("parent", ""))
        made = Channel(snowflake(), PUBLIC_THREAD if parent else TEXT, name=body.get("name", "more"))
        made.guild = parent.guild if parent else body["guild"]
        made.parent = parent.id if parent else None
        self._world.channels[made.id] = made
        event = "THREAD_CREATE" if parent else "CHANNEL_CREATE"
        for bot in self._world.bots_in(made):
            for session in bot.sessions:
                if session.intents & GUILDS:
                    await session.dispatch(event, channel_json(self._world, made))
        return JSONResponse({"id": made.id})

    async def deny(self, request: Request) -> JSONResponse:
        """`{bot, permissions}`: what a bot may not do there."""
        body = await _json(request)
        channel = self._world.channels[request.path_params["channel"]]
        channel.denied[self._world.find(body["bot"]).id] = set(body["permissions"])
        return JSONResponse({})

    async def close_to(self, request: Request) -> JSONResponse:
        """`{user}` takes no private messages of the bot any more."""
        self._world.closed_to.add((str((await _json(request))["user"]), self._bot(request).id))
        return JSONResponse({})

    async def chat(self, request: Request) -> JSONResponse:
        """`{user}` → `{channel}`: where somebody talks with the bot alone."""
        user = str((await _json(request))["user"])
        self._world.person(user)
        return JSONResponse({"channel": self._world.private_channel(self._bot(request), user).id})

    async def say(self, request: Request) -> JSONResponse:
        """`{user, text, bot?, channel?, reply_to?, ping?, files?}` → the message.

        To the bot in private, or in a channel. `reply_to` is a message's id, `ping` whether that names
        its author (it does by default).
        """
        body = await _json(request)
        user = str(body["user"])
        self._world.person(user)
        if "channel" in body:
            channel = self._world.channels[body["channel"]]
        else:
            bot = self._world.find(body["bot"])
            self._world.closed_to.discard((user, bot.id))
            channel = self._world.private_channel(bot, user)
        more: Json = {"attachments": body["files"]} if body.get("files") else {}
        allowed = None
        if "reply_to" in body:
            answered = channel.message(str(body["reply_to"])) or self._world.answers[str(body["reply_to"])]
            reference = {"message_id": answered["id"], "channel_id": channel.id, "type": 0}
            more |= {"type": REPLY, "referenced_message": answered, "message_reference": reference}
            allowed = {"parse": ["users", "everyone"], "replied_user": bool(body.get("ping", True))}
        message = await add_message(self._world, channel, user, body["text"], allowed=allowed, **more)
        return JSONResponse(message)

    async def message(self, request: Request) -> JSONResponse:
        """PATCH `{text}` or DELETE: somebody changes what was said."""
        number = request.path_params["message"]
        channel = next(each for each in self._world.channels.values() if each.message(number))
        found = channel.message(number)
        assert found is not None
        if request.method == "DELETE":
            await delete_message(self._world, channel, found)
        else:
            await edit_message(self._world, channel, found, {"content": (await _json(request))["text"]})
        return JSONResponse(found)

    async def file(self, request: Request) -> JSONResponse:
        """A file that somebody is about to send: the body is its content, `?name=` → an attachment."""
        kind = request.headers.get("content-type")
        self._world.url = f"http://{request.headers['host']}"
        name = request.query_params.get("name", "file")
        return JSONResponse(keep_file(self._world, name, await request.body(), kind))

    async def interact(self, request: Request) -> Response:
        """`{user, command, options?, channel?}` → `{id, token, channel}`, at once."""
        bot, body = self._bot(request), await _json(request)
        user = str(body["user"])
        self._world.person(user)
        command = next((each for each in bot.commands if each["name"] == body["command"]), None)
        if command is None:
            return JSONResponse({"detail": f"/{body['command']} is no command of this bot"}, 409)
        private = "channel" not in body
        channel = self._world.private_channel(bot, user) if private else self._world.channels[body["channel"]]
        made = Interaction(snowflake(), secrets.token_urlsafe(64), channel.id, user)
        bot.interactions[made.token] = made
        options = [
            {"name": name, "type": 3, "value": value} for name, value in body.get("options", {}).items()
        ]
        data = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        told = {"id": made.id, "token": made.token, "channel": channel.id}
        sending = BackgroundTask(deliver, self._world, bot, channel, made, data)
        return JSONResponse(told, background=sending)

    async def interactions(self, request: Request) -> JSONResponse:
        """Each `{id, answered (seconds), type, ephemeral, message, http}`; waits for `count` answered."""
        bot = self._bot(request)

        def answered() -> int:
            return len([each for each in bot.interactions.values() if each.answered is not None])

        await _until(bot, request, answered)
        shown = [asdict(each) for each in bot.interactions.values()]
        for each in shown:
            each["message"] = self._world.answers.get(each["original"] or "")
        return JSONResponse(shown)

    async def sent(self, request: Request) -> JSONResponse:
        """Messages the bot sent, as they are now, of one `channel` or all. Waits for `count`."""
        bot, channel = self._bot(request), request.query_params.get("channel")

        def found() -> list[Json]:
            kept = [self._now(each) for each in bot.sent]
            return [each for each in kept if channel is None or each["channel_id"] == channel]

        await _until(
            bot, request, lambda: len([each for each in found() if each["content"] or each["attachments"]])
        )
        return JSONResponse(found())

    def _now(self, sent: Json) -> Json:
        channel = self._world.channels[sent["channel_id"]]
        found = channel.message(sent["id"]) or self._world.answers.get(sent["id"])
        return sent | found if found is not None else sent | {"deleted": True}

    async def typing(self, request: Request) -> JSONResponse:
        bot = self._bot(request)
        await _until(bot, request, lambda: len(bot.typing))
        return JSONResponse(bot.typing)

    async def commands(self, request: Request) -> JSONResponse:
        """Its commands; waits until there are `count`. POST `{names}` gives it some."""
        bot = self._bot(request)
        if request.method == "POST":
            names = (await _json(request))["names"]
            bot.commands = [{"id": snowflake(), "name": name, "options": []} for name in names]
            return JSONResponse({})
        await _until(bot, request, lambda: len(bot.commands))
        return JSONResponse(bot.commands)

    async def calls(self, request: Request) -> JSONResponse:
        """Every request, of one `route` (`POST /channels/{channel}/messages`) or all."""
        bot, route = self._bot(request), request.query_params.get("route")

        def found() -> list[Json]:
            return [asdict(each) for each in bot.calls if route in (None, f"{each.method} {each.route}")]

        await _until(bot, request, lambda: len(found()))
        return JSONResponse(found())

    async def fault(self, request: Request) -> JSONResponse:
        """`{route, kind, times?, seconds?, after_accept?}`."""
        self._bot(request).faults.append(Fault(**await _json(request)))
        return JSONResponse({})

    async def gateway(self, request: Request) -> JSONResponse:
        """GET: `{starts, sessions}`; waits for `count` connected. POST does something to all its sessions.

        `{action}`: `close` (with `code`), `reconnect` (opcode 7), `invalidate` (opcode 9, `resumable`, which
        forgets the session otherwise), `dispatch` (`name`, and `data` as text), `heartbeat` (opcode 1),
        `silence` (heartbeats are answered no more), `forget` (the session can't be resumed; its connection
        stays). `count` sessions are recommended from then on, where it is given.
        """
        bot = self._bot(request)
        if request.method == "POST":
            body = await _json(request)
            bot.starts.shards = int(body.get("count", bot.starts.shards))
            for session in list(bot.sessions):
                if body["action"] == "forget":
                    bot.sessions.remove(session)
                elif body["action"] == "dispatch":
                    await session.dispatch(body["name"], json.loads(body["data"]))
                elif body["action"] == "silence":
                    session.silent = True
                elif body["action"] == "close":
                    await session.end(int(body.get("code", 4000)))
                elif session.send is not None:
                    await session.send(_PAYLOADS[body["action"]](body))
                if body["action"] == "invalidate" and not body.get("resumable") and session in bot.sessions:
                    bot.sessions.remove(session)
        else:
            await _until(bot, request, lambda: len([each for each in bot.sessions if each.connected]))
        starts = {"remaining": bot.starts.remaining, "total": bot.starts.total}
        return JSONResponse({"starts": starts, "sessions": [each.told() for each in bot.sessions]})

    async def settings(self, request: Request) -> JSONResponse:
        """`{heartbeat?, resumable?, interaction_seconds?, limits?}` → `{invalid, banned}`."""
        if request.method == "POST":
            body = await _json(request)
            for name in ("heartbeat", "resumable", "interaction_seconds"):
                setattr(self._world, name, float(body.get(name, getattr(self._world, name))))
            for name, value in body.get("limits", {}).items():
                setattr(self._world.limits, name, value)
        invalid = len(self._world.address.invalid)
        return JSONResponse({"invalid": invalid, "banned": self._world.address.banned})


_PAYLOADS: dict[str, Callable[[Json], Json]] = {
    "reconnect": lambda _: {"op": 7},
    "invalidate": lambda body: {"op": 9, "d": bool(body.get("resumable"))},
    "heartbeat": lambda _: {"op": 1},
}


async def _json(request: Request) -> Json:
    raw = await request.body()
    return dict(await request.json()) if raw else {}


async def _until(bot: Application, request: Request, count: Callable[[], int]) -> None:
    wanted = int(request.query_params.get("count", 0))
    timeout = float(request.query_params.get("timeout", 10))

    async def reached() -> None:
        async with bot.changed:
            await bot.changed.wait_for(lambda: count() >= wanted)

    try:
        await asyncio.wait_for(reached(), timeout)
    except TimeoutError:
        return
