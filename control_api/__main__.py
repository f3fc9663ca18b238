"""`python -m control_api`: the control API on the supervisor's socket, else on its own Unix socket."""

from __future__ import annotations

import asyncio
import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from agent_runtime.log import set_up_log
from agent_runtime.supervisor import inherited, listen, my_turn, ready
from agent_runtime.supervisor.patient import PatientServer
from control_api.app import create_app
from control_api.kit.sentences import sentence, variable
from control_api.migrating import NewerDatabaseError, check_schema
from control_api.settings import ControlSettings, load_settings

log = structlog.get_logger()

_GRACE_SECONDS = 5


class _Server(PatientServer):
    """Tells the supervisor once it serves, and ends streams first when it stops."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams would go on for as long as somebody watches; clients take them up again after a restart.
        self._app.state.platform.bells.close()
        await super().shutdown(sockets)


async def serve(settings: ControlSettings) -> bool:
    """Serves until SIGINT or SIGTERM; whether it got to serve."""
    listening = inherited("control") or _own_socket(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        lifespan="on",
    )
    server = _Server(config, app)
    await server.serve(sockets=[listening])
    return server.started


def _own_socket(settings: ControlSettings) -> socket.socket:
    """On a cluster a port of the pod, which the mesh guards; else a socket for the gateway beside us."""
    if settings.engine == "kubernetes":
        return socket.create_server((settings.host, settings.port))
    return listen(settings.places.socket("control"))


def main() -> int:
    """The exit code: 0 after a planned end."""
    set_up_log()
    try:
        settings = load_settings()
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            log.error("setting_refused", setting=variable(each), reason=sentence(each))
        return 2
    try:
        # Before the one that serves is asked to end.
        check_schema(settings)
    except NewerDatabaseError as error:
        log.error("database_not_read", reason=str(error))
        return 1
    my_turn()
    return 0 if asyncio.run(serve(settings)) else 1


if __name__ == "__main__":
    sys.exit(main())
