"""A channel's messages: https://docs.discord.com/developers/resources/message."""

from __future__ import annotations

import time
from typing import Any

from tests.simulators.discord.messages import REPLY, add_message, delete_message, edit_message, visible
from tests.simulators.discord.refusals import RefusedError, invalid_form, unknown
from tests.simulators.discord.rest.call import Action, Asked, channel_of, check_flags, checked_message
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import DM, PUBLIC_THREAD, Channel

Json = dict[str, Any]


async def create(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/message#create-message."""
    channel = channel_of(asked, "SEND_MESSAGES")
    body = asked.object()
    if asked.files:
        channel_of(asked, "ATTACH_FILES")
    content = checked_message(asked)
    check_flags(body.get("flags", 0))
    same = _nonce(asked, channel)
    if same is not None:
        return same
    more: Json = {"flags": body.get("flags", 0)}
    if "attachments" in content:
        more["attachments"] = content["attachments"]
    if body.get("message_reference"):
        more |= _answer(asked, channel, body["message_reference"])
    if (nonce := body.get("nonce")) is not None:
        more["nonce"] = nonce
    channel.archived = False
    allowed = body.get("allowed_mentions")
    made = await add_message(asked.world, channel, asked.me.id, content["content"], allowed=allowed, **more)
    if nonce is not None:
        asked.me.nonces[channel.id, str(nonce)] = made["id"]
    return made


def _nonce(asked: Asked, channel: Channel) -> Json | None:
    """With `enforce_nonce` a message that was sent under it is told again, and none is made."""
    body = asked.object()
    nonce = body.get("nonce")
    if nonce is None:
        return None
    if len(str(nonce)) > 25:
        raise invalid_form("nonce", "NONCE_TYPE_INVALID_STRING", "Must be 25 or fewer in length.")
    known = asked.me.nonces.get((channel.id, str(nonce)))
    return channel.message(known) if known is not None and body.get("enforce_nonce") else None


def _answer(asked: Asked, channel: Channel, reference: Any) -> Json:
    number = str(reference.get("message_id")) if isinstance(reference, dict) else ""
    if "READ_MESSAGE_HISTORY" in channel.denied.get(asked.me.id, ()):
        raise RefusedError(400, 160002, "Cannot reply without permission to read message history")
    answered = channel.message(number)
    if answered is None:
        if reference.get("fail_if_not_exists", True):
            raise invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return {}
    told = {"type": 0, "message_id": number, "channel_id": channel.id}
    return {"type": REPLY, "message_reference": told, "referenced_message": answered}


def _message(asked: Asked, channel: Channel) -> Json:
    found = channel.message(asked.path["message"])
    if found is None:
        raise unknown("message")
    return found


async def edit(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/message#edit-message: its own ones."""
    channel = channel_of(asked)
    message = _message(asked, channel)
    if message["author"]["id"] != asked.me.id:
        raise RefusedError(403, 50005, "Cannot edit a message authored by another user")
    change = checked_message(asked, editing=True)
    if not change.get("content", message["content"]) and not message["attachments"]:
        raise RefusedError(400, 50006, "Cannot send an empty message")
    edited = await edit_message(asked.world, channel, message, change)
    await asked.me.notify()
    return edited


async def delete(asked: Asked) -> Any:
    channel = channel_of(asked)
    message = _message(asked, channel)
    if message["author"]["id"] != asked.me.id:
        raise RefusedError(
            403, 50003, "Cannot execute action on a DM channel" if channel.type == DM else "Missing"
        )
    await delete_message(asked.world, channel, message)


async def get(asked: Asked) -> Any:
    channel = channel_of(asked, "READ_MESSAGE_HISTORY")
    return visible(asked.me, channel, _message(asked, channel), content=asked.me.message_content)


async def history(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/message#get-channel-messages: newest first."""
    channel = channel_of(asked)
    if sum(name in asked.query for name in ("around", "before", "after")) > 1:
        raise invalid_form("_root", "MUTUALLY_EXCLUSIVE", "Only one of around, before and after.")
    limit = _limit(asked.query.get("limit", "50"))
    if "READ_MESSAGE_HISTORY" in channel.denied.get(asked.me.id, ()):
        return []
    found = channel.messages
    if "after" in asked.query:
        found = [each for each in found if int(each["id"]) > int(asked.query["after"])][:limit]
    elif "before" in asked.query:
        found = [each for each in found if int(each["id"]) < int(asked.query["before"])][-limit:]
    else:
        found = found[-limit:]
    content = asked.me.message_content
    return [visible(asked.me, channel, each, content=content) for each in reversed(found)]


def _limit(asked: str) -> int:
    if not asked.isdigit() or not 1 <= int(asked) <= 100:
        raise invalid_form("limit", "NUMBER_TYPE_MAX", "int value should be less than or equal to 100.")
    return int(asked)


async def typing(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/channel#trigger-typing-indicator."""
    channel = channel_of(asked, "SEND_MESSAGES")
    asked.me.typing.append({"channel_id": channel.id, "at": time.time()})
    await asked.me.notify()


async def start_thread(asked: Asked) -> Any:
    """https://docs.discord.com/developers/resources/channel#start-thread-from-message."""
    channel = channel_of(asked, "CREATE_PUBLIC_THREADS")
    message = _message(asked, channel)
    name = asked.object().get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise invalid_form("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    if message["id"] in asked.world.channels:
        raise RefusedError(400, 160004, "A thread has already been created for this message")
    thread = Channel(message["id"], PUBLIC_THREAD, channel.guild, name, channel.id)
    asked.world.channels[thread.id] = thread
    return {
        "id": thread.id,
        "type": PUBLIC_THREAD,
        "guild_id": channel.guild,
        "name": name,
        "owner_id": snowflake(),
    }


_MESSAGES = "/channels/{channel}/messages"
ROUTES: dict[tuple[str, str], Action] = {
    ("POST", _MESSAGES): create,
    ("GET", _MESSAGES): history,
    ("GET", _MESSAGES + "/{message}"): get,
    ("PATCH", _MESSAGES + "/{message}"): edit,
    ("DELETE", _MESSAGES + "/{message}"): delete,
    ("POST", _MESSAGES + "/{message}/threads"): start_thread,
    ("POST", "/channels/{channel}/typing"): typing,
}
