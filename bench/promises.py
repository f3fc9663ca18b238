"""Commands on Discord for bots without a process: from Discord's sending one to its reading a promise."""

from __future__ import annotations

from typing import Any

from bench.figures import Measured
from bench.load import percentile
from bench.progress import say
from bench.scale import Scale
from bench.world import BenchWorld, bench_world
from tests.journeys.discord import DiscordBot, DiscordServer

_BOTS = 50
_PERSON = 4901
_FIELDS: dict[str, Any] = {
    "channels": {"discord": {"token": {"secret": "DISCORD_TOKEN"}, "mode": "interactions"}},
    "access": {"policy": "open"},
    "scaling": {"idle_after": "10s"},
}


def run(scale: Scale) -> dict[str, Measured]:
    with DiscordServer() as discord, bench_world(BOTYARD_DISCORD_API_URL=discord.api_url) as world:
        many = min(_BOTS, scale.wakes)
        bots = {f"d{number}": discord.bot() for number in range(many)}
        _deploy(world, bots)
        waits: list[float] = []
        for turn in range(scale.wakes // many):
            waits += _promised(world, bots, turn)
            say(f"{len(waits)} commands, slowest {max(waits):.0f} ms")
    return {"discord_ack_ms": Measured(percentile(waits, 0.99), beside={"p50": percentile(waits, 0.5)})}


def _deploy(world: BenchWorld, bots: dict[str, DiscordBot]) -> None:
    for name, bot in bots.items():
        world.api.deploy(world.models.spec(name, **_FIELDS), {"DISCORD_TOKEN": bot.token})


def _promised(world: BenchWorld, bots: dict[str, DiscordBot], turn: int) -> list[float]:
    """Each bot once, with no worker before; milliseconds. All are answered in the end."""
    given, waits = {}, []
    for name, bot in bots.items():
        world.until_phase({name}, {"idle"})
        assert f"bot admin.{name}"[:15] not in world.workers()
        command = given[name] = bot.uses(_PERSON, "ask", question=f"turn {turn}")
        waits.append(bot.promised(command)["seconds"] * 1e3)
    for name, bot in bots.items():
        assert bot.answered(given[name])["content"] == f"echo: turn {turn}"
    return waits
