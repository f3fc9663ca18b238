"""Serve a simulator on a loopback port that the kernel picks: inside a test, or as a program of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.types import ASGIApp


def bind(port: int = 0, host: str = "127.0.0.1") -> socket.socket:
    """A socket to serve on, of loopback unless told; the kernel picks the port where it is 0."""
    # With its protocol named: asyncio sets TCP_NODELAY only then, and without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp,
    listener: socket.socket | None = None,
    *,
    websockets: bool = False,
    certificate: str | None = None,
) -> AsyncIterator[str]:
    """Serve `app` in this event loop; the value is its base URL, without a trailing slash.

    With a certificate, a file that holds its key too, it is served by TLS.
    """
    listener = listener or bind()
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        ws="websockets-sansio" if websockets else "none",
        ws_ping_interval=None,
        ssl_certfile=certificate,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Without uvicorn's main loop: it would add its signal handlers, and a tick of waiting to every test.
    await server.startup(sockets=[listener])
    try:
        host, port = listener.getsockname()
        yield f"http://{host}:{port}" if certificate is None else f"https://localhost:{port}"
    finally:
        # Connections that a test left open, or a model that is silent, are not waited for.
        for part in server.servers:
            part.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        tasks = list(server.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        listener.close()


async def _run(app: ASGIApp, listener: socket.socket, websockets: bool, certificate: str | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serving(app, listener, websockets=websockets, certificate=certificate) as url:
        print(f"listening on {url}", flush=True)
        await stopped.wait()


def main(app: ASGIApp, *, websockets: bool = False) -> None:
    """The `__main__` of a simulator: prints `listening on http://127.0.0.1:PORT` once it serves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0, help="0 lets the kernel pick one")
    parser.add_argument("--descriptor", type=int, help="an inherited socket to serve on instead")
    parser.add_argument("--certificate", help="a file with a certificate and its key, to serve by TLS")
    asked = parser.parse_args()
    listener = bind(asked.port) if asked.descriptor is None else socket.socket(fileno=asked.descriptor)
    asyncio.run(_run(app, listener, websockets, asked.certificate))
