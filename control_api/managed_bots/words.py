"""What the manager bot says to people, and the keyboards under it."""

from __future__ import annotations

import math
import re
import secrets
from datetime import timedelta
from typing import Any

LONGEST_USERNAME = 32
NOTHING: dict[str, Any] = {"remove_keyboard": True}
WHO = "I make bots for Botyard. Open the link that Botyard gives you when you deploy a bot without a token."
NO_LINK = "This link is used up, too old or wrong. Ask Botyard for a new one."
OTHERS_LINK = "Somebody else has opened this link. Ask Botyard for one of your own."


def invitation(bot: str, left: timedelta) -> str:
    """What a person reads who has opened a link whose button works for the time that is left."""
    minutes = math.ceil(left / timedelta(minutes=1))
    stays = "an hour" if minutes == 60 else "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"Tap the button, name your bot, and Botyard starts {bot} as it. The button stays for {stays}."


def button(name: str, shown: str | None) -> dict[str, Any]:
    """The button that asks for a bot of this name, `shown` to people as that; the person may change both.

    https://core.telegram.org/bots/api#keyboardbuttonrequestmanagedbot
    """
    wanted = {
        # Telegram gives it back nowhere; it has only to be unique within the message.
        "request_id": 1,
        "suggested_name": shown or name.replace("-", " ").capitalize(),
        "suggested_username": suggested_username(name),
    }
    row = [{"text": "Name my bot", "request_managed_bot": wanted}]
    return {"keyboard": [row], "resize_keyboard": True, "one_time_keyboard": True}


def suggested_username(name: str) -> str:
    """A username that is probably free: letters, digits and underscores, at most 32, with "bot" at its end.

    https://core.telegram.org/bots/features#creating-a-new-bot
    """
    ending = f"_{secrets.token_hex(2)}_bot"
    return re.sub(r"_+", "_", name.replace("-", "_"))[: LONGEST_USERNAME - len(ending)].strip("_") + ending


def starting(username: str) -> str:
    return f"@{username} is made. Starting it…"


def made_before(username: str) -> str:
    return f"@{username} was made by this link already."


def live(username: str, link: str) -> tuple[str, dict[str, Any]]:
    """That a bot answers, with the button that leads to it."""
    text = f"@{username} is live. Tap the button and press Start."
    return text, {"inline_keyboard": [[{"text": f"Open @{username}", "url": link}]]}


def failed(bot: str) -> str:
    return f"{bot} could not be started. Botyard says why where you asked for it."


def unasked(username: str) -> str:
    return f"@{username} is made, and Botyard knows of no bot that it is for. {WHO}"
