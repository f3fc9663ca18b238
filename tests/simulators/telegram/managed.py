"""Managed bots: the button that asks for one, what a person's tap on it makes, and the new bot's token.

https://core.telegram.org/bots/api#keyboardbuttonrequestmanagedbot, #managedbotcreated, #managedbotupdated,
#getmanagedbottoken; what a person is refused: https://core.telegram.org/method/bots.createBot.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

from tests.simulators.telegram.refusals import RefusedError, bad_request
from tests.simulators.telegram.state import Bot, World

# https://core.telegram.org/bots/features#creating-a-new-bot: 5 to 32 characters that end in "bot".
_USERNAME = re.compile(r"(?=.{5,32}\Z)[A-Za-z][A-Za-z0-9_]*bot", re.IGNORECASE)
_LONGEST_NAME = 64


def markup(bot: Bot, chat: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any] | None:
    """`reply_markup` of a message, checked; a button that asks for a bot is one that this person may tap.

    https://core.telegram.org/bots/api#keyboardbutton: "Available in private chats only", and to bots that
    were allowed to manage others.
    """
    found = parameters.get("reply_markup")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if found is None:
        return None
    if not isinstance(found, dict) or not {"keyboard", "inline_keyboard", "remove_keyboard"} & set(found):
        raise bad_request("object expected as reply markup")
    for row in found.get("inline_keyboard", []):
        for button in row:
            if not button.get("text") or not str(button.get("url", "")).startswith(("https://", "tg://")):
                raise bad_request("inline keyboard button URL is invalid")
    for row in found.get("keyboard", []):
        for button in row:
            _check_button(bot, chat, button)
    return found


def _check_button(bot: Bot, chat: dict[str, Any], button: dict[str, Any]) -> None:
    if not button.get("text"):
        raise bad_request("keyboard button text must be non-empty")
    wanted = button.get("request_managed_bot")
    if wanted is None:
        return
    if chat["type"] != "private":
        raise bad_request("managed bots can be requested in private chats only")
    if not bot.can_manage_bots:
        raise bad_request("MANAGER_PERMISSION_MISSING")
    if not isinstance(wanted.get("request_id"), int) or not -(2**31) <= wanted["request_id"] < 2**31:
        raise bad_request('field "request_id" must be a valid Number')
    bot.asked_for_a_bot.add(chat["id"])


async def get_managed_bot_token(world: World, bot: Bot, parameters: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getmanagedbottoken: of the bots that this one manages alone."""
    try:
        wanted = int(parameters.get("user_id", 0))
    except (TypeError, ValueError):
        wanted = 0
    if wanted <= 0:
        raise bad_request("invalid user_id specified")
    for each in world.bots.values():
        if each.id == wanted and each.manager == bot.id:
            return each.token
    # https://core.telegram.org/method/bots.exportBotToken
    raise bad_request("BOT_INVALID")


def create(world: World, manager: Bot, user: int, name: str, username: str) -> Bot:
    """A person taps the button, names the bot and confirms. RefusedError as the person is refused."""
    if not manager.can_manage_bots:
        raise RefusedError(400, "MANAGER_PERMISSION_MISSING")
    if user not in manager.asked_for_a_bot:
        raise RefusedError(400, "there is no button to tap")
    if not 1 <= len(name) <= _LONGEST_NAME:
        raise RefusedError(400, "NAME_INVALID")
    if not username.lower().endswith("bot"):
        raise RefusedError(400, "USERNAME_SUFFIX_MISSING")
    if not _USERNAME.fullmatch(username):
        raise RefusedError(400, "USERNAME_INVALID")
    if any(each.username.lower() == username.lower() for each in world.bots.values()):
        raise RefusedError(400, "USERNAME_OCCUPIED")
    person, made = world.person(user), world.create_bot(username, name)
    made.manager, made.creator = manager.id, user
    chat = {"id": user, "type": "private", "first_name": person["first_name"]}
    message = {
        "message_id": manager.message_id(user),
        "from": person,
        "chat": chat,
        "date": int(time.time()),
        "managed_bot_created": {"bot": made.user()},
    }
    manager.add_update({"message": message})
    tell_manager(world, made)
    return made


def tell_manager(world: World, bot: Bot) -> Bot | None:
    """The update for its manager, if it has one: it was created, or has another token."""
    manager = next((each for each in world.bots.values() if each.id == bot.manager), None)
    if manager is not None and (not manager.allowed_updates or "managed_bot" in manager.allowed_updates):
        manager.add_update({"managed_bot": {"user": world.person(bot.creator), "bot": bot.user()}})
    return manager
