"""Servers and channels as the API shows them."""

from __future__ import annotations

from typing import Any

from tests.simulators.discord.state import PUBLIC_THREAD, TEXT, Application, Channel, Guild, World

Json = dict[str, Any]


def shard_of(guild: str, shards: int) -> int:
    """https://docs.discord.com/developers/events/gateway#sharding-sharding-formula."""
    return (int(guild) >> 22) % shards


def channel_json(world: World, channel: Channel) -> Json:
    """https://docs.discord.com/developers/resources/channel#channel-object."""
    last = channel.messages[-1]["id"] if channel.messages else None
    told: Json = {"id": channel.id, "type": channel.type, "last_message_id": last}
    if channel.guild is None:
        return told | {"recipients": [world.person(channel.recipient or "")]}
    told |= {"guild_id": channel.guild, "name": channel.name, "parent_id": channel.parent}
    if channel.type == PUBLIC_THREAD:
        told["thread_metadata"] = {"archived": channel.archived, "locked": False}
    return told


def guild_create(world: World, bot: Application, guild: Guild) -> Json:
    """https://docs.discord.com/developers/events/gateway-events#guild-create: what the bot may see."""
    seen = [
        channel
        for channel in world.channels.values()
        if channel.guild == guild.id and "VIEW_CHANNEL" not in channel.denied.get(bot.id, ())
    ]
    return {
        "id": guild.id,
        "name": guild.name,
        "unavailable": False,
        "member_count": len(guild.members),
        "channels": [channel_json(world, each) for each in seen if each.type == TEXT],
        "threads": [
            channel_json(world, each) for each in seen if each.type == PUBLIC_THREAD and not each.archived
        ],
        "members": [],
        "presences": [],
    }
