"""One machine and the seeds that it plays: `python -m tests.durability.lane WAY FOLDER SEED…`.

Each seed's outcome is a line of JSON on standard output.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog

from tests.durability import check
from tests.durability import facts as reading
from tests.durability.machine import Machine
from tests.durability.play import OWNERS, Play
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving
from tests.simulators.telegram.app import TelegramSimulator


async def run(way: str, folder: Path, seeds: list[int]) -> None:
    telegram, models = TelegramSimulator(), ModelSimulator()
    telegram.world.loopback_webhooks, telegram.world.first_wait = True, 0.05
    async with AsyncExitStack() as stack:
        telegram_url = await stack.enter_async_context(serving(telegram.app))
        model_url = await stack.enter_async_context(serving(models.app))
        machine = await stack.enter_async_context(Machine(folder, telegram_url, by_webhook=way == "webhook"))
        await _make_owners(machine)
        for seed in seeds:
            began = time.monotonic()
            play = Play(machine, telegram.world, f"{model_url}/open/v1", seed, by_webhook=way == "webhook")
            await play.run()
            found = reading.Facts()
            await reading.of_repository(machine.home.fleet, found)
            reading.of_control(machine.home.control_database, found)
            reading.of_machine(machine.home, found)
            outcome = _outcome(play, found, machine)
            models.requests.clear()
            await play.clear()
            print(json.dumps({**outcome, "seconds": time.monotonic() - began}), flush=True)


async def _make_owners(machine: Machine) -> None:
    async with machine.http() as http:
        for owner in OWNERS[1:]:
            (await http.post("/teams", json={"name": owner})).raise_for_status()


def _outcome(play: Play, found: reading.Facts, machine: Machine) -> dict[str, Any]:
    history = play.history
    broken = check.violations(history, found)
    return {
        "seed": history.seed,
        "said": len(history.said),
        "writes": len(history.writes),
        "hits": [(hit.place, hit.what) for hit in history.hits],
        "missed": play.missed,
        "uncertain": check.uncertain(history, found),
        "recoveries": machine.recoveries(history.hits),
        "violations": [
            {"kind": each.kind, "what": each.what, "history": history.around(each.word)} for each in broken
        ],
    }


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), [int(each) for each in sys.argv[3:]]))
