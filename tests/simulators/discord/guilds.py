"""Servers and channels as the API shows them."""

from __future__ import annotations

from typing import Any

from tests.simulators.discord.state import PUBLIC_THREAD, TEXT, Application, Channel, Guild, World

Json = dict[str, Any]
# https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags
PERMISSIONS = {
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "CREATE_PUBLIC_THREADS": 1 << 35,
}


def shard_of(guild: str, shards: int) -> int:
    """https://docs.discord.com/developers/events/gateway#sharding-sharding-formula."""
    return (int(guild) >> 22) % shards


def channel_json(world: World, channel: Channel) -> Json:
    """https://docs.discord.com/developers/resources/channel#channel-object."""
    last = channel.messages[-1]["id"] if channel.messages else None
    told: Json = {"id": channel.id, "type": channel.type, "last_message_id": last}
    if channel.guild is None:
        return told | {"recipients": [world.person(channel.recipient or "")]}
    told |= {"guild_id": channel.guild, "name": channel.name, "parent_id": channel.parent, "position": 0}
    if channel.type == PUBLIC_THREAD:
        told["thread_metadata"] = {"archived": channel.archived, "locked": False}
    return told


def guild_create(world: World, bot: Application, guild: Guild) -> Json:
    """https://docs.discord.com/developers/events/gateway-events#guild-create.

    Channels that the bot may not see are among them; it has to tell by their permissions.
    """
    there = [channel for channel in world.channels.values() if channel.guild == guild.id]
    threads = [each for each in there if each.type == PUBLIC_THREAD and not each.archived]
    everybody: Json = {"id": guild.id, "name": "@everyone", "permissions": str(sum(PERMISSIONS.values()))}
    everybody |= {"color": 0, "hoist": False, "position": 0, "managed": False, "mentionable": False}
    return {
        "id": guild.id,
        "name": guild.name,
        "unavailable": False,
        "member_count": len(guild.members),
        "channels": [
            channel_json(world, each) | _overwrites(each, bot) for each in there if each.type == TEXT
        ],
        "threads": [channel_json(world, each) for each in threads],
        "roles": [everybody],
        "members": [{"user": bot.user(), "roles": [], "flags": 0, "joined_at": None}],
        "presences": [],
    }


def _overwrites(channel: Channel, bot: Application) -> Json:
    """https://docs.discord.com/developers/resources/channel#overwrite-object, of the bot itself."""
    denied = sum(PERMISSIONS[name] for name in channel.denied.get(bot.id, ()))
    mine = {"id": bot.id, "type": 1, "allow": "0", "deny": str(denied)}
    return {"permission_overwrites": [mine] if denied else []}
