"""A bot's name and description in Telegram as its specification has them, set only where they differ.

https://core.telegram.org/bots/api#setmyname, #setmydescription and #setmyshortdescription. Telegram lets a
bot change these a few times a day and then asks for waits of hours, so what was set is remembered.
"""

from __future__ import annotations

import hashlib
import json
import time

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError

log = structlog.get_logger()

_LONGEST_SHORT = 120
_WITHIN = 10.0
# What is set, how it is asked for, and the parameter, which is what the answer calls it too.
_TEXTS = (
    ("setMyName", "getMyName", "name"),
    ("setMyDescription", "getMyDescription", "description"),
    ("setMyShortDescription", "getMyShortDescription", "short_description"),
)


async def introduce(api: TelegramApi, bot: str, name: str, description: str, told: str | None) -> str | None:
    """What to remember of it. `told` is what was remembered last, `bot` says which bot that was.

    Empty texts stay as they are in Telegram.
    """
    short = description if len(description) <= _LONGEST_SHORT else f"{description[: _LONGEST_SHORT - 1]}…"
    wanted = {"name": name, "description": description, "short_description": short}
    digest = hashlib.sha256(json.dumps([bot, wanted]).encode()).hexdigest()[:16]
    before, _, not_before = (told or "").partition("@")
    if before == digest and (not not_before or time.time() < int(not_before)):
        return told
    try:
        for setter, getter, parameter in _TEXTS:
            if wanted[parameter]:
                await _set(api, setter, getter, parameter, wanted[parameter])
    except UnreachableError as error:
        log.warning("introduction_waits", reason=str(error))
        return told
    except TelegramError as error:
        log.warning("introduction_refused", code=error.code, reason=error.description)
        if error.retry_after is not None:
            return f"{digest}@{int(time.time() + error.retry_after) + 1}"
        # What Telegram does not take it will not take the next time; its own trouble passes.
        return digest if error.code == 400 else told
    return digest


async def _set(api: TelegramApi, setter: str, getter: str, parameter: str, text: str) -> None:
    there = await api.call(getter, wait=_WITHIN)
    if not isinstance(there, dict) or there.get(parameter) != text:
        await api.call(setter, wait=_WITHIN, **{parameter: text})
