"""Interactions on their way to a bot: by the gateway, or signed to its endpoint, never by both.

https://docs.discord.com/developers/interactions/overview#preparing-for-interactions.
"""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2

from tests.simulators.discord.messages import CHAT_INPUT, EPHEMERAL, LOADING, add_message, user_of
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import Application, Channel, Interaction, World

Json = dict[str, Any]
# https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-callback
ANSWER_SECONDS = 3.0
PING, COMMAND = 1, 2
PONG, MESSAGE, DEFERRED = 1, 4, 5


async def post(bot: Application, url: str, body: Json, *, signature: str | None = None) -> httpx2.Response:
    """Send as Discord does: https://docs.discord.com/developers/interactions/overview#setting-up-an-endpoint."""
    raw, stamp = json.dumps(body).encode(), str(int(time.time()))
    signed = signature or bot.key.sign(stamp.encode() + raw).hex()
    headers = {
        "X-Signature-Ed25519": signed,
        "X-Signature-Timestamp": stamp,
        "Content-Type": "application/json",
        "User-Agent": "Discord-Interactions/1.0 (+https://discord.com)",
    }
    async with httpx2.AsyncClient(verify=False, trust_env=False, timeout=ANSWER_SECONDS) as http:
        return await http.post(url, content=raw, headers=headers)


async def endpoint_is_valid(bot: Application, url: str) -> bool:
    """Answers a PING, and refuses one that is signed wrongly with 401."""
    ping = {"id": snowflake(), "application_id": bot.id, "type": PING, "token": "ping", "version": 1}
    try:
        well = await post(bot, url, ping)
        badly = await post(bot, url, ping, signature="00" * 64)
        answer = well.json() if well.status_code == 200 else {}
    except (httpx2.HTTPError, ValueError):
        return False
    kind = well.headers.get("content-type", "").partition(";")[0]
    return answer == {"type": PONG} and kind == "application/json" and badly.status_code == 401


def body_of(world: World, bot: Application, channel: Channel, made: Interaction, data: Json) -> Json:
    """https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object."""
    user = user_of(world, made.user)
    who: Json = {"user": user}
    if channel.guild is not None:
        who = {
            "member": {"user": user, "roles": [], "permissions": "0", "flags": 0, "joined_at": None},
            "guild_id": channel.guild,
        }
    return who | {
        "id": made.id,
        "application_id": bot.id,
        "type": COMMAND,
        "token": made.token,
        "version": 1,
        "channel_id": channel.id,
        "channel": {"id": channel.id, "type": channel.type},
        "data": data,
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "context": 0 if channel.guild else 1,
        "attachment_size_limit": 10 * 1024 * 1024,
        "app_permissions": "0",
    }


async def deliver(world: World, bot: Application, channel: Channel, made: Interaction, data: Json) -> None:
    body = body_of(world, bot, channel, made, data)
    if bot.endpoint is None:
        for session in bot.sessions:
            if session.shard == 0:
                await session.dispatch("INTERACTION_CREATE", body)
        return
    began = time.monotonic()
    try:
        response = await post(bot, bot.endpoint, body)
    except httpx2.HTTPError as error:
        made.http = {"status": 0, "body": type(error).__name__, "seconds": time.monotonic() - began}
        return
    made.http = {"status": response.status_code, "body": response.text, "seconds": time.monotonic() - began}
    if response.status_code == 200:
        await answer(world, bot, made, response.json())


def shown(world: World, made: Interaction) -> Json:
    """As its answers name it: https://docs.discord.com/developers/interactions/receiving-and-responding."""
    return {"id": made.id, "type": COMMAND, "name": "", "user": user_of(world, made.user)}


async def answer(world: World, bot: Application, made: Interaction, response: Json) -> Json | None:
    """The first answer to an interaction: a message, or one that is to come."""
    made.answered, made.type = time.monotonic() - made.created, response.get("type")
    data = response.get("data") or {}
    made.ephemeral = bool(data.get("flags", 0) & EPHEMERAL)
    flags = data.get("flags", 0) | (LOADING if made.type == DEFERRED else 0)
    if made.type not in (MESSAGE, DEFERRED):
        return None
    channel = world.channels[made.channel]
    more: Json = {"type": CHAT_INPUT, "flags": flags, "interaction": shown(world, made)}
    message = await add_message(
        world, channel, bot.id, data.get("content", ""), allowed=data.get("allowed_mentions"), **more
    )
    made.original = message["id"]
    world.answers[message["id"]] = message
    await bot.notify()
    return message
