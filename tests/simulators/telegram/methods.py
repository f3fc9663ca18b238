"""The methods of the Bot API that Botyard calls; all others are "method not found"."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tests.simulators.telegram.managed import get_managed_bot_token, markup
from tests.simulators.telegram.refusals import (
    BLOCKED,
    NOT_STARTED,
    OTHER_CONSUMER,
    WEBHOOK_ACTIVE,
    RefusedError,
    bad_request,
    too_many,
)
from tests.simulators.telegram.state import Bot, World
from tests.simulators.telegram.text import finish, parse_entities, parse_mode_text
from tests.simulators.telegram.webhooks import delete_webhook, get_webhook_info, set_webhook

Parameters = dict[str, Any]
# https://core.telegram.org/bots/api#sendchataction
_ACTIONS = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


async def get_me(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getme."""
    return bot.user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "can_manage_bots": bot.can_manage_bots,
    }


def _integer(parameters: Parameters, name: str, default: int) -> int:
    try:
        return int(parameters.get(name, default))
    except (TypeError, ValueError):
        return default


async def get_updates(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getupdates: an offset confirms what is below it, one consumer."""
    if bot.webhook.url:
        raise RefusedError(*WEBHOOK_ACTIVE)
    bot.end_poll(OTHER_CONSUMER)
    offset = _integer(parameters, "offset", 0)
    limit = min(max(_integer(parameters, "limit", 100), 1), 100)
    if isinstance(parameters.get("allowed_updates"), list):
        bot.allowed_updates = parameters["allowed_updates"]
    _confirm(bot, offset)
    mine: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
    bot.poll = mine
    try:
        return await _updates(bot, offset, limit, _integer(parameters, "timeout", 0), mine)
    finally:
        if bot.poll is mine:
            bot.poll = None


def _confirm(bot: Bot, offset: int) -> None:
    bot.drop_old()
    if offset < 0:
        while len(bot.updates) > -offset:
            bot.updates.popleft()
    while offset > 0 and bot.updates and bot.updates[0][1]["update_id"] < offset:
        bot.updates.popleft()


async def _updates(
    bot: Bot, offset: int, limit: int, timeout: int, mine: asyncio.Future[tuple[int, str]]
) -> Any:
    end = time.monotonic() + min(max(timeout, 0), 50)
    while True:
        if mine.done():
            raise RefusedError(*mine.result())
        ready = [update for _, update in bot.updates if update["update_id"] >= offset][:limit]
        left = end - time.monotonic()
        if ready or left <= 0:
            return ready
        waiter = asyncio.ensure_future(_arrived(bot, offset))
        waiting: set[asyncio.Future[Any]] = {waiter, mine}
        await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()


async def _arrived(bot: Bot, offset: int) -> None:
    async with bot.changed:
        await bot.changed.wait_for(lambda: any(u["update_id"] >= offset for _, u in bot.updates))


def _chat(world: World, bot: Bot, parameters: Parameters) -> dict[str, Any]:
    raw = parameters.get("chat_id")
    if raw is None or raw == "":
        raise bad_request("chat_id is empty")
    try:
        chat_id = int(raw)
    except (TypeError, ValueError):
        raise bad_request("chat not found") from None
    if chat_id in bot.blocked:
        raise RefusedError(*BLOCKED)
    if chat_id in world.groups:
        chat = world.groups[chat_id]
        if (there := chat.get("migrated_to")) is not None:
            # https://core.telegram.org/bots/api#responseparameters
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=there,
            )
        return chat
    if chat_id in world.people:
        if chat_id not in bot.started:
            raise RefusedError(*NOT_STARTED)
        return {"id": chat_id, "type": "private", "first_name": world.people[chat_id]["first_name"]}
    raise bad_request("chat not found")


async def send_message(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#sendmessage."""
    chat = _chat(world, bot, parameters)
    text, entities = _text(parameters)
    place = _place(chat, parameters) | _answered(bot, chat, parameters)
    keyboard = markup(bot, chat, parameters)
    if wait := bot.meter.count(chat["id"]):
        raise too_many(wait)
    message = {
        "message_id": bot.message_id(chat["id"]),
        "from": bot.user(),
        "chat": chat,
        "date": int(time.time()),
        "text": text,
        **place,
    }
    if entities:
        message["entities"] = entities
    # Telegram gives an inline keyboard back with the message; a test wants to see any.
    shown = {"reply_markup": keyboard} if keyboard is not None else {}
    bot.sent.append(message | shown | {"at": time.time()})
    await bot.notify()
    return message


def _text(parameters: Parameters) -> tuple[str, list[dict[str, Any]]]:
    text = parameters.get("text")
    if not isinstance(text, str) or not text:
        raise bad_request("message text is empty")
    if mode := parameters.get("parse_mode"):
        text, entities = parse_mode_text(text, str(mode))
    else:
        entities = parse_entities(parameters.get("entities"))
    return finish(text, entities)


async def edit_message_text(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#editmessagetext: a message of its own, that says something else.

    The documentation names no rate for edits; more than one a second in a chat is taken as too many.
    """
    chat = _chat(world, bot, parameters)
    text, entities = _text(parameters)
    wanted = (chat["id"], parameters.get("message_id"))
    message = next((each for each in bot.sent if (each["chat"]["id"], each["message_id"]) == wanted), None)
    if message is None:
        raise bad_request("message to edit not found")
    if (message["text"], message.get("entities", [])) == (text, entities):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as "
            "a current content and reply markup of the message"
        )
    if wait := bot.meter.count_edit(chat["id"]):
        raise too_many(wait)
    message |= {"text": text, "entities": entities, "edit_date": int(time.time())}
    await bot.notify()
    return {key: value for key, value in message.items() if key != "at"}


def _place(chat: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#sendmessage: `message_thread_id` is for forum supergroups."""
    if (topic := parameters.get("message_thread_id")) is None:
        return {}
    if topic not in chat.get("topics", ()):
        raise bad_request("message thread not found")
    return {"message_thread_id": topic, "is_topic_message": True}


def _answered(bot: Bot, chat: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """https://core.telegram.org/bots/api#replyparameters."""
    if (wanted := parameters.get("reply_parameters")) is None:
        return {}
    if not isinstance(wanted, dict) or not isinstance(wanted.get("message_id"), int):
        raise bad_request("can't parse reply parameters")
    if 0 < wanted["message_id"] <= bot.next_message.get(chat["id"], 0):
        return {"reply_to_message": {"message_id": wanted["message_id"], "chat": chat}}
    if wanted.get("allow_sending_without_reply"):
        return {}
    raise bad_request("message to be replied not found")


async def get_file(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getfile: for files of up to 20 MB."""
    content = bot.files.get(str(parameters.get("file_id")))
    if content is None:
        raise bad_request("invalid file_id")
    if len(content) > 20 * 1024 * 1024:
        raise bad_request("file is too big")
    name = str(parameters["file_id"])
    return {
        "file_id": name,
        "file_unique_id": name,
        "file_size": len(content),
        "file_path": f"documents/{name}",
    }


async def get_user_profile_photos(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getuserprofilephotos, of itself alone: at most one."""
    if _integer(parameters, "user_id", 0) != bot.id:
        raise bad_request("user not found")
    if bot.picture is None:
        return {"total_count": 0, "photos": []}
    size = {"file_id": bot.picture, "file_unique_id": bot.picture, "width": 160, "height": 160}
    return {"total_count": 1, "photos": [[size | {"file_size": len(bot.files[bot.picture])}]]}


async def set_my_commands(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#setmycommands and #botcommand: at most a hundred, in lower case."""
    commands = parameters.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise bad_request("can't parse commands")
    for each in commands:
        if not re.fullmatch("[a-z0-9_]{1,32}", str(each.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(each.get("description", ""))) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands = commands
    return True


# The longest: https://core.telegram.org/bots/api#setmyname, #setmydescription, #setmyshortdescription.
_LONGEST = {"name": 64, "description": 512, "short_description": 120}


async def set_my_text(kind: str, world: World, bot: Bot, parameters: Parameters) -> Any:
    """Three changes of each, then a wait of a day: the documentation names no figure, real bots see hours."""
    text = str(parameters.get(kind, ""))
    if len(text) > _LONGEST[kind]:
        raise bad_request(f"bot {kind.replace('_', ' ')} is too long")
    bot.texts[kind].append(text)
    if len(bot.texts[kind]) > 3:
        bot.texts[kind].pop()
        raise too_many(86_400)
    return True


async def get_my_text(kind: str, world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#getmyname and its like."""
    unchanged = bot.name if kind == "name" else ""
    return {kind: bot.texts[kind][-1] if bot.texts[kind] else unchanged}


async def send_message_draft(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#sendmessagedraft: in private chats; it may be empty."""
    chat = _chat(world, bot, parameters)
    if chat["type"] != "private":
        raise bad_request("chat is not a private chat")
    if not isinstance(parameters.get("draft_id"), int) or not parameters["draft_id"]:
        raise bad_request("draft_id must be non-zero")
    if text := parameters.get("text"):
        finish(str(text), parse_entities(parameters.get("entities")))
    await bot.notify()
    return True


async def send_chat_action(world: World, bot: Bot, parameters: Parameters) -> Any:
    """https://core.telegram.org/bots/api#sendchataction."""
    chat = _chat(world, bot, parameters)
    if parameters.get("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    _place(chat, parameters)
    bot.actions.append({"chat_id": chat["id"], "action": parameters["action"], "at": time.time()})
    await bot.notify()
    return True


METHODS: dict[str, Callable[[World, Bot, Parameters], Awaitable[Any]]] = {
    "getme": get_me,
    "getupdates": get_updates,
    "deletewebhook": delete_webhook,
    "setwebhook": set_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": send_message,
    "editmessagetext": edit_message_text,
    "getfile": get_file,
    "getuserprofilephotos": get_user_profile_photos,
    "setmycommands": set_my_commands,
    **{f"setmy{kind.replace('_', '')}": partial(set_my_text, kind) for kind in _LONGEST},
    **{f"getmy{kind.replace('_', '')}": partial(get_my_text, kind) for kind in _LONGEST},
    "sendmessagedraft": send_message_draft,
    "sendchataction": send_chat_action,
    "getmanagedbottoken": get_managed_bot_token,
}
