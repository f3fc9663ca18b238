"""Runs the local engine on the inherited socket `engine`, or on `engine.sock` of the home."""

from __future__ import annotations

import asyncio

import uvicorn

from agent_runtime.log import set_up_log
from agent_runtime.supervisor import inherited, listen, my_turn
from agent_runtime.supervisor.patient import PatientServer
from gitops.local.app import create_app
from gitops.local.settings import EngineSettings


async def run() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = EngineSettings()
    listening = inherited("engine") or listen(settings.places.socket("engine"))
    config = uvicorn.Config(
        create_app(settings),
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
        lifespan="on",
    )
    await PatientServer(config).serve(sockets=[listening])


if __name__ == "__main__":
    my_turn()
    set_up_log()
    asyncio.run(run())
