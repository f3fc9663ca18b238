"""Bots that hold Discord's gateway, all idle: each has a connection with its heartbeats.

The growth of all processes' memory from some bots to many, so that what is taken once, by the first ones,
is not counted as a bot's. Every bot is in a server with a channel.
"""

from __future__ import annotations

import time
from typing import Any

from bench.figures import Measured
from bench.progress import say
from bench.scale import Scale
from bench.world import BenchWorld, bench_world
from tests.journeys.discord import DiscordBot, DiscordServer
from tests.journeys.processes import eventually

_FIELDS: dict[str, Any] = {
    "channels": {"discord": {"token": {"secret": "DISCORD_TOKEN"}}},
    "access": {"policy": "open"},
    "scaling": {"idle_after": "10s"},
}


def run(scale: Scale) -> dict[str, Measured]:
    with DiscordServer() as discord, bench_world(BOTYARD_DISCORD_API_URL=discord.api_url) as world:
        some = _grown(world, discord, 0, scale.connected_first)
        many = _grown(world, discord, scale.connected_first, scale.connected_bots)
    beside = {f"all_with_{scale.connected_first}_mib": some / 1024}
    beside[f"all_with_{scale.connected_bots}_mib"] = many / 1024
    grown = (many - some) / 1024 / (scale.connected_bots - scale.connected_first)
    return {"discord_bot_mib": Measured(grown, beside=beside)}


def _grown(world: BenchWorld, discord: DiscordServer, start: int, end: int) -> int:
    """KiB of all processes once there are so many bots, each of them connected and none awake."""
    bots = {f"g{number}": discord.bot() for number in range(start, end)}
    for bot in bots.values():
        discord.ask("POST", "/guilds", {"bots": [bot.id]})
    world.create({name: (_spec(world, name), {"DISCORD_TOKEN": bot.token}) for name, bot in bots.items()})
    world.until_phase(set(bots), {"idle"})
    eventually("all are connected", lambda: all(map(_is_connected, bots.values())), within=120.0)
    say(f"{end} bots are connected and idle")
    time.sleep(5)
    return world.memory_kib()


def _spec(world: BenchWorld, name: str) -> dict[str, Any]:
    return world.models.spec(name, **_FIELDS)


def _is_connected(bot: DiscordBot) -> bool:
    sessions = bot.discord.ask("GET", f"/bots/{bot.id}/gateway")["sessions"]
    return any(each["connected"] for each in sessions)
