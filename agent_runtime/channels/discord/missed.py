"""What was said while no session was open: Discord sends it to nobody, but keeps it in its channels.

https://docs.discord.com/developers/resources/message#get-channel-messages.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.discord.api import DiscordApi, DiscordError, part
from agent_runtime.channels.discord.permissions import readable
from agent_runtime.channels.discord.snowflakes import snowflake_at

log = structlog.get_logger()

# Nobody waits for an answer to what was said before.
LONGEST_SECONDS = 24 * 3600
_PAGE, _MOST_PAGES = 100, 5
_TRIES = 5


def first_missed(since: int) -> int:
    """The id after which messages may have been missed."""
    return max(since, snowflake_at(time.time() - LONGEST_SECONDS))


def channels_of(server: Mapping[str, Any], me: str, since: int) -> list[str]:
    """Channels and threads of a GUILD_CREATE in which something was said since that the bot may read."""
    found = []
    for each in readable(server, me):
        last = each.get("last_message_id")
        if isinstance(last, str) and last.isdecimal() and int(last) > since:
            found.append(str(each["id"]))
    return found


async def messages_after(api: DiscordApi, channel: str, after: int) -> list[dict[str, Any]]:
    """In their order, at most five hundred; none of a channel that the bot may not read."""
    found: list[dict[str, Any]] = []
    for _ in range(_MOST_PAGES):
        page = await _page(api, channel, after)
        found += reversed(page)
        if len(page) < _PAGE:
            return found
        after = int(page[0]["id"])
    log.warning("discord_missed_too_much", channel=channel, fetched=len(found))
    return found


async def _page(api: DiscordApi, channel: str, after: int) -> list[dict[str, Any]]:
    path = f"/channels/{part(channel)}/messages?after={after}&limit={_PAGE}"
    for attempt in range(1, _TRIES + 1):
        await asyncio.sleep(api.pause("GET", path))
        try:
            page = await api.call("GET", path)
            return [each for each in page if isinstance(each, dict)] if isinstance(page, list) else []
        except DiscordError as error:
            if error.retry_after is None and error.status < 500:
                # Left, deleted, or closed to the bot.
                log.info("discord_missed_unreadable", channel=channel, reason=str(error))
                return []
            wait = error.retry_after or 2.0**attempt
        except UnreachableError as error:
            if attempt == _TRIES:
                raise
            log.warning("discord_unreachable", reason=str(error))
            wait = 2.0**attempt
        await asyncio.sleep(wait)
    raise UnreachableError("Discord does not tell what was missed", sent=False)
