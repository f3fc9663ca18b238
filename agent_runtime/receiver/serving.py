"""The HTTP server of the runtime's entrances."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from agent_runtime.supervisor.patient import PatientServer

_FINISH_WITHIN = 3  # seconds that open streams get when the process is told to end


class _Server(PatientServer):
    """One in a process that hears signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_of(app: ASGIApp) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_FINISH_WITHIN,
    )
    return _Server(config)
