"""One machine and the seeds that it plays: `python -m tests.durability.lane WAY FOLDER SEED…`.

Each seed's outcome is a line of JSON on standard output.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import structlog

from tests.durability import check
from tests.durability import facts as reading
from tests.durability.channels import all_opened
from tests.durability.machine import Machine
from tests.durability.play import OWNERS, Play
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving


async def run(way: str, folder: Path, seeds: list[int]) -> None:
    models, by_webhook = ModelSimulator(), way == "webhook"
    async with AsyncExitStack() as stack:
        platforms = await stack.enter_async_context(all_opened(by_webhook=by_webhook))
        model_url = await stack.enter_async_context(serving(models.app))
        told = {name: value for each in platforms for name, value in each.environment.items()}
        machine = await stack.enter_async_context(Machine(folder, told, by_webhook=by_webhook))
        await _make_owners(machine)
        for seed in seeds:
            began = time.monotonic()
            play = Play(machine, platforms, f"{model_url}/open/v1", seed, by_webhook=by_webhook)
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
        "channels": Counter(said.key.partition(":")[0] for said in history.said),
        "history": history.around(""),
        "recoveries": machine.recoveries(history.hits),
        "violations": [
            {"kind": each.kind, "what": each.what, "history": history.around(each.word)} for each in broken
        ],
    }


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), [int(each) for each in sys.argv[3:]]))
