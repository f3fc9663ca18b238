"""The picture that a chat platform shows of a bot, for the page to show beside its name.

It comes as a data URL: the page's policy allows pictures of its own and these, and Telegram's addresses
hold the token. It only helps: one that can't be had in time is left out.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable
from typing import Any

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.discord.api import DiscordApi, DiscordError
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.media import media_of

_SECONDS = 4.0
_LARGEST = 128 * 1024
# Shown at 32 pixels, on screens that have up to four for each of them.
_WIDE_ENOUGH = 128


async def of_telegram(api: TelegramApi, user: int) -> str | None:
    """https://core.telegram.org/bots/api#getuserprofilephotos: the newest first, in up to four sizes."""
    return await _helping(_from_telegram(api, user))


async def of_discord(api: DiscordApi, url: str | None) -> str | None:
    """By the address that its application tells."""
    return await _helping(api.download(url, _LARGEST)) if url else None


async def _from_telegram(api: TelegramApi, user: int) -> bytes | None:
    found = await api.call("getUserProfilePhotos", wait=_SECONDS, user_id=user, limit=1)
    sizes: list[dict[str, Any]] = next(iter(found["photos"]), [])
    if not sizes:
        return None
    fits = sorted(sizes, key=lambda each: (each["width"] < _WIDE_ENOUGH, each["width"]))
    file = await api.call("getFile", wait=_SECONDS, file_id=fits[0]["file_id"])
    return await api.download(str(file["file_path"]), _LARGEST)


async def _helping(asked: Awaitable[bytes | None]) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS):
            return _as_data(await asked)
    except (UnreachableError, TelegramError, DiscordError, TimeoutError, LookupError, TypeError):
        return None


def _as_data(content: bytes | None) -> str | None:
    media = media_of(content) if content else None
    if media is None or media.kind != "picture":
        return None
    return f"data:image/{media.format};base64,{b64encode(media.content).decode()}"
