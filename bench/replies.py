"""What a reply takes beyond its model call: stored → sent, beside the same call made directly."""

from __future__ import annotations

import time
from typing import Any

import httpx2

from bench.figures import Measured
from bench.load import percentile
from bench.scale import Scale
from bench.world import BenchWorld

_PERSON = 4900
_WARM = 10


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    with httpx2.Client(trust_env=False) as direct:
        bot = world.telegram_bot()
        world.api.deploy(world.spec("reply", memory={"turns": 1}), {"TELEGRAM_TOKEN": bot.token})
        updates, calls = [], []
        for number in range(scale.replies + _WARM):
            person = bot.person(_PERSON + number)  # a chat takes one message a second
            updates.append(person.say(f"message {number}")["update_id"])
            assert person.reads(1), "not answered"
            calls.append(_direct(world, direct))
        stored = world.stored()
        sent = [call["at"] for call in world.telegram.ask("GET", f"/bots/{bot.id}/calls?method=sendMessage")]
    whole = [
        (at - stored["admin.reply", f"telegram:{update}"]) * 1e3
        for at, update in zip(sent, updates, strict=True)
    ][_WARM:]
    model = percentile(calls[_WARM:], 0.5)
    return {
        "reply_overhead_ms": Measured(
            percentile(whole, 0.5) - model,
            percentile(whole, 0.5) / model,
            {"stored_to_sent": percentile(whole, 0.5), "direct": model, "p99": percentile(whole, 0.99)},
        )
    }


def _direct(world: BenchWorld, http: httpx2.Client) -> float:
    """The request that the bot has just made, made again over a kept connection; milliseconds."""
    body: dict[str, Any] = world.models.requests()[-1]["body"]
    world.models.ask("DELETE", "/requests")
    began = time.perf_counter()
    answer = http.post(f"{world.models.open_url}/chat/completions", json=body)
    assert answer.is_success, answer.text
    return (time.perf_counter() - began) * 1e3
