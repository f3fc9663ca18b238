"""The test's side under `/_sim/`: make bots, speak as a person, read what a bot sent, break things.

`{bot}` is a token, a username or an id.
"""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64decode
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.simulators.telegram.managed import create, tell_manager
from tests.simulators.telegram.rates import Meter
from tests.simulators.telegram.refusals import RefusedError
from tests.simulators.telegram.state import Bot, Fault, World
from tests.simulators.telegram.text import units


class Control:
    """`POST /bots`, `POST /bots/{bot}/say`, `GET /bots/{bot}/sent?count=&timeout=`, …; see each method."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.app = Starlette(
            routes=[
                Route("/bots", self.create, methods=["POST"]),
                Route("/bots/{bot}/revoke", self.revoke, methods=["POST"]),
                Route("/bots/{bot}/managed", self.managed, methods=["POST"]),
                Route("/bots/{bot}/say", self.say, methods=["POST"]),
                Route("/bots/{bot}/files", self.file, methods=["POST"]),
                Route("/bots/{bot}/update", self.update, methods=["POST"]),
                Route("/bots/{bot}/sent", self.sent),
                Route("/bots/{bot}/delete", self.delete, methods=["POST"]),
                Route("/bots/{bot}/actions", self.actions),
                Route("/bots/{bot}/calls", self.calls),
                Route("/bots/{bot}/pending", self.pending),
                Route("/bots/{bot}/polls", self.polls),
                Route("/bots/{bot}/lost", self.lost, methods=["POST"]),
                Route("/bots/{bot}/faults", self.fault, methods=["POST"]),
                Route("/bots/{bot}/block", self.block, methods=["POST"]),
                Route("/bots/{bot}/rates", self.rates, methods=["POST"]),
                Route("/bots/{bot}/deliveries", self.deliveries),
                Route("/groups", self.group, methods=["POST"]),
                Route("/webhooks", self.webhooks, methods=["POST"]),
            ]
        )

    def _bot(self, request: Request) -> Bot:
        return self._world.find(request.path_params["bot"])

    async def create(self, request: Request) -> JSONResponse:
        """`{username?, name?, privacy?, can_manage_bots?, picture? (base64)}` → `{token, id, username}`."""
        body = await _json(request)
        bot = self._world.create_bot(body.get("username"), body.get("name"))
        bot.privacy = bool(body.get("privacy", True))
        bot.can_manage_bots = bool(body.get("can_manage_bots"))
        if body.get("picture"):
            bot.picture = "photo"
            bot.files[bot.picture] = b64decode(body["picture"])
        return JSONResponse({"token": bot.token, "id": bot.id, "username": bot.username})

    async def revoke(self, request: Request) -> JSONResponse:
        bot = self._bot(request)
        token = self._world.revoke(bot)
        manager = tell_manager(self._world, bot)
        if manager is not None:
            await manager.notify()
        return JSONResponse({"token": token})

    async def managed(self, request: Request) -> JSONResponse:
        """`{user, name, username}` taps the bot's button and makes one → `{id, username}`, or a refusal."""
        manager, body = self._bot(request), await _json(request)
        try:
            bot = create(self._world, manager, int(body["user"]), str(body["name"]), str(body["username"]))
        except RefusedError as refusal:
            return JSONResponse(refusal.body, refusal.code)
        await manager.notify()
        return JSONResponse({"id": bot.id, "username": bot.username})

    async def say(self, request: Request) -> JSONResponse:
        """`{user, text, name?, group?, topic?, reply_to?, edited?}`: one writes to the bot or group.

        `reply_to` is a message. In a group the bot gets what its privacy mode lets through; of what it does
        not get the `update_id` is null.
        """
        bot, body = self._bot(request), await _json(request)
        person = self._world.person(int(body["user"]), body.get("name"))
        if body.get("group"):
            chat = self._world.groups[int(body["group"])]
        else:
            chat = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
            bot.started.add(person["id"])
            bot.blocked.discard(person["id"])
        message = {
            "message_id": bot.message_id(chat["id"]),
            "from": person,
            "chat": chat,
            "date": int(time.time()),
            **_content(body),
        }
        if "topic" in body:
            message |= {"message_thread_id": body["topic"], "is_topic_message": True}
        if "reply_to" in body:
            message["reply_to_message"] = body["reply_to"]
        kind = "edited_message" if body.get("edited") else "message"
        update_id = bot.add_update({kind: message}) if _gets(bot, message) else None
        await bot.notify()
        return JSONResponse({"update_id": update_id, "message": message})

    async def file(self, request: Request) -> JSONResponse:
        """A file that somebody is about to send: its content as the body, `?name=` its name, `?as=` how.

        As a `document`, a `photo` or a `voice`; returns what that adds to a message.
        """
        bot, content, query = self._bot(request), await request.body(), request.query_params
        number, kind = f"file_{len(bot.files)}", query.get("as", "document")
        bot.files[number] = content
        file = {"file_id": number, "file_unique_id": number, "file_size": len(content)}
        if kind == "photo":
            bot.files[f"{number}_small"] = b"\xff\xd8\xff a thumbnail"
            small = {**file, "file_id": f"{number}_small", "file_size": 15, "width": 90, "height": 67}
            return JSONResponse({kind: [small, {**file, "width": 1280, "height": 960}]})
        more = {"duration": 3, "mime_type": "audio/ogg"} if kind == "voice" else {}
        named = {"file_name": query.get("name", "file")} if kind == "document" else {}
        return JSONResponse({kind: file | more | named})

    async def update(self, request: Request) -> JSONResponse:
        """Any update as it is; `update_id` may be given, to repeat one or to come out of order."""
        bot, body = self._bot(request), await _json(request)
        update_id = bot.add_update({k: v for k, v in body.items() if k != "update_id"}, body.get("update_id"))
        await bot.notify()
        return JSONResponse({"update_id": update_id})

    async def sent(self, request: Request) -> JSONResponse:
        """Messages the bot sent, of one `chat` or all. With `count`, waits until there are as many."""
        bot, chat = self._bot(request), request.query_params.get("chat")

        def found() -> list[dict[str, Any]]:
            return [m for m in bot.sent if chat is None or m["chat"]["id"] == int(chat)]

        await _until(bot, request, lambda: len(found()))
        return JSONResponse(found())

    async def delete(self, request: Request) -> JSONResponse:
        """`{chat, message}`: somebody deletes a message that the bot sent."""
        bot, body = self._bot(request), await _json(request)
        place = (body["chat"], body["message"])
        bot.sent = [each for each in bot.sent if (each["chat"]["id"], each["message_id"]) != place]
        return JSONResponse({"ok": True})

    async def actions(self, request: Request) -> JSONResponse:
        bot = self._bot(request)
        await _until(bot, request, lambda: len(bot.actions))
        return JSONResponse(bot.actions)

    async def calls(self, request: Request) -> JSONResponse:
        """Every call with its parameters, status and time, of one `method` or all."""
        bot, method = self._bot(request), request.query_params.get("method", "").lower()

        def found() -> list[dict[str, Any]]:
            return [asdict(call) for call in bot.calls if not method or call.method.lower() == method]

        await _until(bot, request, lambda: len(found()))
        return JSONResponse(found())

    async def pending(self, request: Request) -> JSONResponse:
        """Updates that no offset has confirmed yet."""
        return JSONResponse([update for _, update in self._bot(request).updates])

    async def polls(self, request: Request) -> JSONResponse:
        """Whether somebody waits for this bot's updates just now."""
        return JSONResponse(self._bot(request).poll is not None)

    async def deliveries(self, request: Request) -> JSONResponse:
        """Every request to its webhook: `{update_id, status, body, at}`, status 0 where nothing came back."""
        bot = self._bot(request)
        await _until(bot, request, lambda: len(bot.webhook.deliveries))
        return JSONResponse([asdict(each) for each in bot.webhook.deliveries])

    async def lost(self, request: Request) -> JSONResponse:
        """`{every}`: of so many answers of its webhook one is lost, and what it took comes again; 0: none."""
        self._bot(request).lost_every = int((await _json(request))["every"])
        return JSONResponse({"ok": True})

    async def webhooks(self, request: Request) -> JSONResponse:
        """`{loopback?, first_wait?}`: whether http:// of this machine will do; the first wait of a retry."""
        body = await _json(request)
        self._world.loopback_webhooks = bool(body.get("loopback", self._world.loopback_webhooks))
        self._world.first_wait = float(body.get("first_wait", self._world.first_wait))
        return JSONResponse({"ok": True})

    async def fault(self, request: Request) -> JSONResponse:
        """`{method, kind, times?, seconds?, after_accept?}`; kind: 500, 502, 429, slow, drop, entities."""
        self._bot(request).faults.append(Fault(**await _json(request)))
        return JSONResponse({"ok": True})

    async def block(self, request: Request) -> JSONResponse:
        """`{user}` blocks the bot; saying something lifts it."""
        self._bot(request).blocked.add(int((await _json(request))["user"]))
        return JSONResponse({"ok": True})

    async def rates(self, request: Request) -> JSONResponse:
        """`{chat_per_second?, chat_burst?, group_per_minute?, bot_per_second?}`; 0 is no limit."""
        bot, rates = self._bot(request), asdict(self._world.rates) | await _json(request)
        bot.meter = Meter(type(self._world.rates)(**rates))
        return JSONResponse(rates)

    async def group(self, request: Request) -> JSONResponse:
        """`{id, title?, topics?, migrated_to?}`: a supergroup; ids are negative. With topics it is a forum.

        One that has `migrated_to` was a group, and is that supergroup now.
        """
        body = await _json(request)
        chat = {"id": int(body["id"]), "type": "supergroup", "title": body.get("title", "Group")}
        if "topics" in body:
            chat |= {"is_forum": True, "topics": body["topics"]}
        if "migrated_to" in body:
            chat |= {"type": "group", "migrated_to": body["migrated_to"]}
        self._world.groups[chat["id"]] = chat
        return JSONResponse(chat)


def _content(body: dict[str, Any]) -> dict[str, Any]:
    """A message's text with the entity that Telegram adds to a command, or whatever `content` holds."""
    if "content" in body:
        return dict(body["content"])
    text = str(body["text"])
    content: dict[str, Any] = {"text": text}
    entities = [
        {
            "type": "bot_command" if found[0].startswith("/") else "mention",
            "offset": units(text[: found.start()]),
            "length": units(found[0]),
        }
        for found in re.finditer(r"(?<!\S)/\w+(?:@\w+)?|(?<!\w)@\w{4,32}", text)
    ]
    if entities:
        content["entities"] = entities
    return content


def _gets(bot: Bot, message: dict[str, Any]) -> bool:
    """https://core.telegram.org/bots/features#privacy-mode: commands, answers to the bot, mentions of it."""
    if message["chat"]["type"] == "private" or not bot.privacy:
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
        return True
    text = str(message.get("text", message.get("caption", "")))
    other = re.match(r"/\w+@(\w+)", text)
    if text.startswith("/"):
        return other is None or other[1].lower() == bot.username.lower()
    return f"@{bot.username.lower()}" in text.lower()


async def _json(request: Request) -> dict[str, Any]:
    raw = await request.body()
    return dict(await request.json()) if raw else {}


async def _until(bot: Bot, request: Request, count: Any) -> None:
    wanted = int(request.query_params.get("count", 0))
    timeout = float(request.query_params.get("timeout", 10))

    async def reached() -> None:
        async with bot.changed:
            await bot.changed.wait_for(lambda: count() >= wanted)

    try:
        await asyncio.wait_for(reached(), timeout)
    except TimeoutError:
        return
