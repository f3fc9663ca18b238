"""One request as a route gets it, and the checks that many of them make."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.discord.refusals import (
    RefusedError,
    cannot_send_to_user,
    empty_message,
    invalid_form,
    missing_access,
    missing_permissions,
    too_large,
    unknown,
)
from tests.simulators.discord.snowflakes import snowflake
from tests.simulators.discord.state import DM, Application, Channel, World

Json = dict[str, Any]
# https://docs.discord.com/developers/reference#uploading-files
LARGEST_FILE = 10 * 1024 * 1024
_SNOWFLAKE = re.compile("[0-9]{1,20}")
# https://docs.discord.com/developers/resources/message#message-object-message-flags: those that can be set.
_FLAGS = (1 << 2) | (1 << 12) | (1 << 13) | (1 << 15)


@dataclass
class Asked:
    """`bot` is None where the path itself authorises, as an interaction's token does."""

    world: World
    bot: Application | None
    path: dict[str, str]
    query: dict[str, str]
    body: Any
    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # field, file name, content

    @property
    def me(self) -> Application:
        assert self.bot is not None
        return self.bot

    def object(self) -> Json:
        if not isinstance(self.body, dict):
            raise invalid_form("_root", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return self.body


Action = Callable[[Asked], Awaitable[Any]]


def channel_of(asked: Asked, permission: str | None = None) -> Channel:
    """The channel of the path, where the bot is and has the permission."""
    number = asked.path["channel"]
    if not _SNOWFLAKE.fullmatch(number):
        raise invalid_form("channel_id", "NUMBER_TYPE_COERCE", f'Value "{number}" is not snowflake.')
    channel = asked.world.channels.get(number)
    if channel is None:
        raise unknown("channel")
    if channel.type == DM:
        if channel.bot != asked.me.id:
            raise missing_access()
        if permission == "SEND_MESSAGES" and (channel.recipient, asked.me.id) in asked.world.closed_to:
            raise cannot_send_to_user()
        return channel
    if asked.me not in asked.world.bots_in(channel):
        raise missing_access()
    if permission in channel.denied.get(asked.me.id, ()):
        raise missing_permissions()
    return channel


def checked_message(asked: Asked, *, editing: bool = False) -> Json:
    """Content, mentions, flags and files of a message, its length counted in UTF-16.

    https://docs.discord.com/developers/resources/message#create-message-jsonform-params.
    """
    body = asked.object()
    content = body.get("content")
    if content is not None and not isinstance(content, str):
        raise invalid_form("content", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
    if content and len(content.encode("utf-16-le", "surrogatepass")) // 2 > 2000:
        raise invalid_form("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
    _check_mentions(body.get("allowed_mentions"))
    flags = body.get("flags", 0)
    if not isinstance(flags, int):
        raise invalid_form("flags", "NUMBER_TYPE_COERCE", f'Value "{flags}" is not int.')
    if not editing and not (content and content.strip()) and not asked.files and not body.get("embeds"):
        raise empty_message()
    found: Json = {"content": content or ""} if content is not None or not editing else {}
    if asked.files:
        found["attachments"] = [_attached(asked, *each) for each in asked.files]
    return found


def check_flags(flags: Any, more: int = 0) -> None:
    if flags & ~(_FLAGS | more):
        raise invalid_form("flags", "INVALID_FLAGS", "Those flags can't be set.")


def _check_mentions(allowed: Any) -> None:
    """https://docs.discord.com/developers/resources/message#allowed-mentions-object."""
    if allowed is None:
        return
    if not isinstance(allowed, dict):
        raise invalid_form(
            "allowed_mentions", "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"
        )
    parse = allowed.get("parse", [])
    if set(parse) - {"roles", "users", "everyone"}:
        raise invalid_form("allowed_mentions.parse", "BASE_TYPE_CHOICES", "Not one of the choices.")
    for kind in ("users", "roles"):
        if kind in parse and allowed.get(kind):
            message = f'"parse:["{kind}"]" and "{kind}: [ids...]" are mutually exclusive.'
            raise invalid_form("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _attached(asked: Asked, name: str, filename: str, content: bytes) -> Json:
    if not re.fullmatch(r"files\[[0-9]+\]", name):
        raise invalid_form(name, "UNKNOWN_FIELD", "A file is named files[n].")
    if len(content) > LARGEST_FILE:
        raise too_large()
    return keep_file(asked.world, filename, content)


def keep_file(world: World, filename: str, content: bytes, kind: str | None = None) -> Json:
    """https://docs.discord.com/developers/resources/message#attachment-object."""
    number = snowflake()
    world.files[number] = content
    told = {
        "id": number,
        "filename": filename,
        "size": len(content),
        "url": f"{world.url}/cdn/attachments/{number}/{filename}?ex=0&is=0&hm={number[::-1]}",
        "proxy_url": f"{world.url}/cdn/attachments/{number}/{filename}?ex=0&is=0&hm={number[::-1]}",
    }
    return told | ({"content_type": kind} if kind else {})


__all__ = ["Action", "Asked", "RefusedError", "channel_of", "check_flags", "checked_message", "keep_file"]
