"""Memory: what an awake worker adds. All processes of the installation count, shared pages shared out."""

from __future__ import annotations

import time

from bench.figures import Measured
from bench.scale import Scale
from bench.world import BenchWorld
from tests.journeys.processes import eventually


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    bots = {f"m{number}": world.telegram_bot() for number in range(scale.workers)}
    world.bulk(bots, scaling={"idle_after": "30s"})
    eventually("no worker is left", lambda: _workers(world) == 0, 90, pause=0.5)
    before = _settled(world)
    for bot in bots.values():
        bot.person(4900).say("hello")
    for bot in bots.values():
        assert bot.person(4900).reads(1), "a bot did not answer"
    assert _workers(world) == len(bots), f"{_workers(world)} of {len(bots)} are awake"
    after = world.memory_kib()
    beside = {"all_before_mib": before / 1024, "all_after_mib": after / 1024}
    return {"worker_pss_mib": Measured((after - before) / 1024 / len(bots), beside=beside)}


def _settled(world: BenchWorld) -> int:
    time.sleep(1)
    return world.memory_kib()


def _workers(world: BenchWorld) -> int:
    return len(world.workers())
