"""A listener's process: `python -m agent_runtime.listeners INDEX`."""

from __future__ import annotations

import asyncio
import sys

from agent_runtime.hive.process import run, told_to_end
from agent_runtime.listeners.pool import Pool
from agent_runtime.network import silence_http_logs
from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import my_turn, ready
from agent_runtime.wire import Link


async def serve(settings: RuntimeSettings, index: int) -> None:
    silence_http_logs()
    home = settings.paths
    dispatcher, keeper = Link(home.socket("dispatcher")), Link(home.socket("keeper"))
    pool = Pool(settings, dispatcher, keeper, index)
    following = asyncio.create_task(pool.follow())
    ready()
    await told_to_end()
    following.cancel()
    await pool.aclose()
    dispatcher.close()
    keeper.close()


if __name__ == "__main__":
    my_turn()
    sys.exit(run(serve(RuntimeSettings(), int(sys.argv[1]) if len(sys.argv) > 1 else 0)))
