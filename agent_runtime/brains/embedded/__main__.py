"""Runs the embedded brain on the inherited socket `brain`, or on `brain.sock` of the home."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path

from agent_runtime.brains.embedded.loader import Loader
from agent_runtime.brains.embedded.proxy import Proxy
from agent_runtime.home import Home
from agent_runtime.supervisor import inherited, listen, my_turn, ready


async def run(home: Home, idle_seconds: float, port: int | None) -> None:
    """Serve until SIGTERM or SIGINT."""
    loader = Loader(home, idle_seconds)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    answer = Proxy(loader).handle
    if port is None:
        listening = inherited("brain") or listen(home.socket("brain"))
        server = await asyncio.start_unix_server(answer, sock=listening)
    else:
        for folder in (home.run, home.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = await asyncio.start_server(answer, port=port)
    watching = asyncio.create_task(loader.unload_when_idle())
    ready()
    try:
        await told.wait()
    finally:
        server.close()
        watching.cancel()
        await loader.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m agent_runtime.brains.embedded", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder of Botyard's state")
    parser.add_argument(
        "--idle-seconds", type=float, default=600.0, help="how long the model stays loaded unasked"
    )
    parser.add_argument("--port", type=int, help="in a pod: the port of all addresses to serve on instead")
    arguments = parser.parse_args()
    my_turn()
    asyncio.run(run(Home.at(arguments.home), arguments.idle_seconds, arguments.port))


if __name__ == "__main__":
    main()
