"""A thousand bots in one request, each with a secret, until all answer; then nine thousand more, all idle.

The growth of all processes' memory is taken from no bot (after one that came and went, so that what is loaded
at first use is not counted as a bot's) to all of them idle.
"""

from __future__ import annotations

import time

from bench.figures import Measured
from bench.progress import say
from bench.scale import Scale
from bench.world import BenchWorld


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    _come_and_go(world)
    time.sleep(2)
    before = world.memory_kib()
    first = _bulk(world, 0, scale.bulk_bots)
    say(f"{scale.bulk_bots} bots in {first:.1f} s")
    for start in range(scale.bulk_bots, scale.idle_bots, scale.bulk_bots):
        took = _bulk(world, start, scale.bulk_bots)
        say(f"{start + scale.bulk_bots} bots, these in {took:.1f} s")
    world.until_phase({f"b{number}" for number in range(scale.idle_bots)}, {"idle"})
    time.sleep(5)
    after = world.memory_kib()
    beside = {"all_before_mib": before / 1024, "all_after_mib": after / 1024}
    return {
        "bulk_1000_s": Measured(first),
        "idle_bot_kib": Measured((after - before) / scale.idle_bots, beside=beside),
    }


def _bulk(world: BenchWorld, start: int, many: int) -> float:
    bots = {f"b{number}": world.telegram.bot() for number in range(start, start + many)}
    began = time.perf_counter()
    world.bulk(bots, scaling={"idle_after": "10s"})
    return time.perf_counter() - began


def _come_and_go(world: BenchWorld) -> None:
    world.bulk({"first": world.telegram.bot()}, scaling={"idle_after": "10s"})
    world.until_phase({"first"}, {"idle"})
    world.api.write("DELETE", "/bots/admin.first")
