"""From `POST /bots` with a secret to the bot's proven answer: p50 of deploys one after the other."""

from __future__ import annotations

import time

from bench.figures import Measured
from bench.load import percentile
from bench.scale import Scale
from bench.world import BenchWorld


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    waits = []
    for number in range(scale.deploys + 1):
        bot = world.telegram_bot()
        began = time.perf_counter()
        world.api.deploy(world.spec(f"d{number}"), {"TELEGRAM_TOKEN": bot.token})
        waits.append((time.perf_counter() - began) * 1e3)
    first, rest = waits[0], waits[1:]
    beside = {"p90": percentile(rest, 0.9), "first": first}
    return {"deploy_to_answered_ms": Measured(percentile(rest, 0.5), beside=beside)}
