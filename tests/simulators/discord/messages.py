"""Messages: made, shown to whoever may see them, told to the bots of their channel."""

from __future__ import annotations

import datetime
import re
import time
from typing import Any

from tests.simulators.discord.guilds import shard_of
from tests.simulators.discord.session import DIRECT_MESSAGES, GUILD_MESSAGES, MESSAGE_CONTENT
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import DM, Application, Channel, World

Json = dict[str, Any]
_MENTION = re.compile(r"<@!?([0-9]+)>")
# https://docs.discord.com/developers/resources/message#message-object-message-flags
EPHEMERAL, LOADING = 1 << 6, 1 << 7
DEFAULT, REPLY, CHAT_INPUT = 0, 19, 20
_CONTENT = ("content", "embeds", "attachments", "components")


def now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat()


def user_of(world: World, number: str) -> Json:
    bot = world.applications.get(number)
    return bot.user() if bot is not None else world.person(number)


def mentioned(world: World, content: str, allowed: Json | None = None) -> list[Json]:
    """Whom a text mentions, as far as `allowed_mentions` lets it.

    https://docs.discord.com/developers/resources/message#allowed-mentions-object.
    """
    numbers = list(dict.fromkeys(_MENTION.findall(content)))
    if allowed is not None and "users" not in allowed.get("parse", []):
        numbers = [each for each in numbers if each in allowed.get("users", [])]
    known = set(world.people) | set(world.applications)
    return [user_of(world, each) for each in numbers if each in known]


async def add_message(
    world: World, channel: Channel, author: str, content: str, *, allowed: Json | None = None, **more: Any
) -> Json:
    """Put a message into a channel and tell the bots that are there."""
    message: Json = {
        "id": snowflake(),
        "channel_id": channel.id,
        "author": user_of(world, author),
        "content": content,
        "timestamp": now(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": pings_everyone(content, allowed),
        "mentions": mentioned(world, content, allowed),
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": DEFAULT,
        "flags": 0,
    } | more
    answered = message.get("referenced_message")
    replied_user = allowed is None or allowed.get("replied_user", False)
    if answered and replied_user and answered["author"] not in message["mentions"]:
        message["mentions"] = [*message["mentions"], answered["author"]]
    if not message["flags"] & EPHEMERAL:
        channel.messages.append(message)
    await tell(world, channel, "MESSAGE_CREATE", message)
    if (bot := world.applications.get(author)) is not None:
        bot.sent.append(message | {"at": time.time()})
        await bot.notify()
    return message


def pings_everyone(content: str, allowed: Json | None) -> bool:
    may = allowed is None or "everyone" in allowed.get("parse", [])
    return may and ("@everyone" in content or "@here" in content)


async def edit_message(world: World, channel: Channel, message: Json, change: Json) -> Json:
    """A message that is kept is changed in place, so that the newest is what everybody reads."""
    message.update(change, edited_timestamp=now())
    if "content" in change:
        message["mentions"] = mentioned(world, message["content"])
    await tell(world, channel, "MESSAGE_UPDATE", message)
    return message


async def delete_message(world: World, channel: Channel, message: Json) -> None:
    channel.messages.remove(message)
    data = {"id": message["id"], "channel_id": channel.id}
    for bot in world.bots_in(channel):
        await _dispatch(bot, channel, "MESSAGE_DELETE", data | _place(channel))


async def tell(world: World, channel: Channel, event: str, message: Json) -> None:
    for bot in world.bots_in(channel):
        if not message["flags"] & EPHEMERAL or bot.id == message["author"]["id"]:
            await _dispatch(bot, channel, event, message | _place(channel))


def _place(channel: Channel) -> Json:
    return (
        {"guild_id": channel.guild, "member": {"roles": [], "flags": 0, "joined_at": None}}
        if channel.guild
        else {}
    )


async def _dispatch(bot: Application, channel: Channel, event: str, data: Json) -> None:
    needed = DIRECT_MESSAGES if channel.type == DM else GUILD_MESSAGES
    for session in list(bot.sessions):
        mine = 0 if channel.guild is None else shard_of(channel.guild, session.shards)
        if session.intents & needed and session.shard == mine:
            allowed = bool(session.intents & MESSAGE_CONTENT)
            await session.dispatch(event, visible(bot, channel, data, content=allowed))


def visible(bot: Application, channel: Channel, message: Json, *, content: bool) -> Json:
    """A message as this bot reads it: https://docs.discord.com/developers/events/gateway#message-content-intent."""
    own = channel.type == DM or message.get("author", {}).get("id") == bot.id
    named = any(each["id"] == bot.id for each in message.get("mentions", []))
    if content or own or named or "content" not in message:
        return message
    return message | {name: "" if name == "content" else [] for name in _CONTENT if name in message}
