"""Bots whose Telegram is polled, all idle: each holds a TLS connection that waits for messages.

The growth of all processes' memory from some bots to many, so that what is taken once, by the first ones,
is not counted as a bot's.
"""

from __future__ import annotations

import time

from bench.figures import Measured
from bench.progress import say
from bench.scale import Scale
from bench.world import BenchWorld, bench_world
from tests.journeys.simulated import TelegramBot


def run(scale: Scale) -> dict[str, Measured]:
    # Without a public address nobody can be told where to send messages, so they are asked for.
    with bench_world(by_tls=True, BOTYARD_PUBLIC_URL="") as world:
        some = _grown(world, 0, scale.polled_first)
        many = _grown(world, scale.polled_first, scale.polled_bots)
    beside = {f"all_with_{scale.polled_first}_mib": some / 1024}
    beside[f"all_with_{scale.polled_bots}_mib"] = many / 1024
    grown = (many - some) / (scale.polled_bots - scale.polled_first)
    return {"polled_bot_kib": Measured(grown, beside=beside)}


def _grown(world: BenchWorld, start: int, end: int) -> int:
    """KiB of all processes once there are so many bots, each of them polled and none awake."""
    bots = {f"p{number}": world.telegram.bot() for number in range(start, end)}
    world.bulk(bots, scaling={"idle_after": "10s"})
    world.until_phase(set(bots), {"idle"})
    say(f"{end} bots are idle")
    time.sleep(5)
    polled = sum(_is_polled(world, bot) for bot in bots.values())
    assert polled == len(bots), f"{polled} of {len(bots)} bots are polled"
    return world.memory_kib()


def _is_polled(world: BenchWorld, bot: TelegramBot) -> bool:
    return bool(world.telegram.ask("GET", f"/bots/{bot.id}/polls"))
