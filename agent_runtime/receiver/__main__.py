"""The receiver's process: `python -m agent_runtime.receiver`."""

from __future__ import annotations

import asyncio
import sys

from starlette.types import ASGIApp

from agent_runtime.hive.process import run, told_to_end
from agent_runtime.inner_api import inner_app
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.public import public_app
from agent_runtime.receiver.serving import server_of
from agent_runtime.settings import RuntimeSettings
from agent_runtime.supervisor import inherited, listen, ready
from agent_runtime.wire import Link


async def serve(settings: RuntimeSettings) -> None:
    home = settings.paths
    dispatcher, keeper = Link(home.socket("dispatcher")), Link(home.socket("keeper"))
    known = KnownBots(Link(home.socket("dispatcher")))
    following = asyncio.create_task(known.follow())
    apps: dict[str, ASGIApp] = {
        "webhook": public_app(known, dispatcher, keeper),
        "hive": inner_app(home, dispatcher),
    }
    servers = [server_of(app) for app in apps.values()]
    sockets = [inherited(name) or listen(home.socket(name)) for name in apps]
    # Before the list of bots is whole, a known bot would be called unknown.
    await known.complete.wait()
    serving = [
        asyncio.create_task(server.serve([each])) for server, each in zip(servers, sockets, strict=True)
    ]
    ready()
    await told_to_end()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*serving)
    following.cancel()
    dispatcher.close()
    keeper.close()


if __name__ == "__main__":
    sys.exit(run(serve(RuntimeSettings())))
