"""A message for a bot without a process: from its storing to the model stub's receiving the request."""

from __future__ import annotations

from bench.figures import Measured
from bench.load import percentile
from bench.progress import say
from bench.scale import Scale
from bench.world import BenchWorld
from tests.journeys.simulated import TelegramBot

_BOTS = 50
_P99 = 120


def measure(world: BenchWorld, scale: Scale) -> dict[str, Measured]:
    many = min(_BOTS, scale.wakes)
    bots = {f"w{number}": world.telegram_bot() for number in range(many)}
    # The keeper opens each secret now, so that no wake has to wait for sops.
    world.bulk(bots, scaling={"idle_after": "10s"})
    for name, bot in bots.items():
        _ask(bot, f"first of {name}")
    waits: list[float] = []
    for turn in range(scale.wakes // many):
        waits += _woken(world, bots, turn)
        say(f"{len(waits)} wakes, p50 {percentile(waits, 0.5):.0f} ms, slowest {max(waits):.0f} ms")
    beside = {"p99": percentile(waits, 0.99), "slowest": max(waits)}
    return {"cold_wake_ms": Measured(percentile(waits, 0.5), beside=beside, most={"p99": _P99})}


def _woken(world: BenchWorld, bots: dict[str, TelegramBot], turn: int) -> list[float]:
    """Each bot once, with no worker before; milliseconds."""
    world.models.ask("DELETE", "/requests")
    keys = {}
    for name, bot in bots.items():
        world.until_phase({name}, {"idle"})
        assert f"bot admin.{name}"[:15] not in world.workers()
        keys[f"turn {turn} of {name}"] = (f"admin.{name}", _ask(bot, f"turn {turn} of {name}"))
    stored = world.stored()
    seen = {each["body"]["messages"][-1]["content"]: each["at"] for each in world.models.requests()}
    return [(seen[text] - stored[key]) * 1e3 for text, key in keys.items()]


def _ask(bot: TelegramBot, text: str) -> str:
    """Say something and wait for the answer; the message's key in the inbox."""
    person = bot.person(4900)
    before = len(person.reads())
    said = person.say(text)
    assert len(person.reads(before + 1)) > before, f"{text!r} was not answered"
    return f"telegram:{said['update_id']}"
