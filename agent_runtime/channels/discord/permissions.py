"""What the bot may read in a server: other channels are not asked for, since refused calls are counted.

https://docs.discord.com/developers/topics/permissions#permission-overwrites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent_runtime.channels.payloads import part_of

Data = Mapping[str, Any]
# https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
_ADMINISTRATOR, _VIEW_CHANNEL, _READ_HISTORY = 1 << 3, 1 << 10, 1 << 16
_NEEDED = _VIEW_CHANNEL | _READ_HISTORY


def readable(server: Data, me: str) -> Iterator[Data]:
    """Channels and threads of a GUILD_CREATE that the bot with this user id may read what was said in."""
    roles = _roles(server, me)
    base = _base(server, roles)
    seen = set()
    for channel in _objects(server.get("channels")):
        if base & _ADMINISTRATOR or _of_channel(base, channel, roles, me) & _NEEDED == _NEEDED:
            seen.add(channel.get("id"))
            yield channel
    # A thread has no permissions of its own.
    for thread in _objects(server.get("threads")):
        if thread.get("parent_id") in seen:
            yield thread


def _roles(server: Data, me: str) -> list[str]:
    """The bot's, that of everybody first: it has the server's id. The bot is among the members it is told."""
    mine = next(
        (each for each in _objects(server.get("members")) if part_of(each, "user").get("id") == me), {}
    )
    return [str(server.get("id")), *map(str, mine.get("roles") or ())]


def _base(server: Data, roles: list[str]) -> int:
    found = 0
    for role in _objects(server.get("roles")):
        if role.get("id") in roles:
            found |= int(role.get("permissions") or 0)
    return found


def _of_channel(base: int, channel: Data, roles: list[str], me: str) -> int:
    """First what is said of everybody, then of the bot's roles together, then of the bot itself."""
    overwrites = {str(each.get("id")): each for each in _objects(channel.get("permission_overwrites"))}
    for group in ([roles[0]], roles[1:], [me]):
        mine = [overwrites[each] for each in group if each in overwrites]
        for each in mine:
            base &= ~int(each.get("deny") or 0)
        for each in mine:
            base |= int(each.get("allow") or 0)
    return base


def _objects(found: Any) -> list[Data]:
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
