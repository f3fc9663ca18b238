"""How long an acknowledgement takes through the real Envoy, at a steady 2,000 a second on 64 connections.

The bots are paused: their messages are stored, synced and acknowledged, and no worker takes part. A wait
counts from when its request fell due, so that a stall counts for everything that it held up.
"""

from __future__ import annotations

import math

import uvloop

from agent_runtime.channels.telegram.inbound import secret_of
from bench.figures import Measured
from bench.load import Answers, open_loop, percentile
from bench.progress import say
from bench.scale import Scale
from bench.updates import requests
from bench.world import BenchWorld

_CONNECTIONS = 64
_WAITING_PER_BOT = 900  # a bot takes a thousand messages that wait


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    total = scale.gateway_rate * (scale.gateway_seconds + scale.gateway_warm_up)
    bots = {f"g{number}": world.telegram.bot() for number in range(math.ceil(total / _WAITING_PER_BOT))}
    world.bulk(bots)
    world.pause(set(bots))
    doors = [(f"/webhook/admin.{name}", secret_of(bot.token)) for name, bot in bots.items()]
    where, load = world.installation.url.removeprefix("http://"), requests(doors)

    def burst(seconds: float) -> Answers:
        return uvloop.run(open_loop(where, load, _CONNECTIONS, seconds, scale.gateway_rate))

    burst(scale.gateway_warm_up)
    answers = burst(scale.gateway_seconds)
    say(f"{answers.statuses[200]} of {answers.statuses.total()} acknowledged, {answers.rate:,.0f}/s")
    assert answers.refused == 0, f"not acknowledged: {answers.statuses}"
    milliseconds = [wait * 1e3 for wait in answers.waits]
    beside = {
        "p50": percentile(milliseconds, 0.5),
        "slowest": max(milliseconds),
        "per_s": answers.rate,
    }
    return {"ack_p99_ms": Measured(percentile(milliseconds, 0.99), beside=beside)}
