"""The hive: `python -m agent_runtime.hive` runs its parts until it is told to end."""

from __future__ import annotations

import sys

from agent_runtime.hive.parts import parts
from agent_runtime.hive.process import run
from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import Supervisor, ready


async def serve(settings: RuntimeSettings) -> None:
    async with Supervisor(settings.paths, parts(settings), name="hive") as running:
        await running.all_ready()
        ready()
        await running.until_told()


if __name__ == "__main__":
    sys.exit(run(serve(RuntimeSettings())))
