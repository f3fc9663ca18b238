"""`python -m tests.gateway.behind`: what stands behind the gateway in these tests, on both inherited sockets.

It says which socket a request came by, and with what headers; `/api/v1/events` streams until it is left.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from typing import Any

import uvicorn

from agent_runtime.supervisor import inherited, ready
from agent_runtime.supervisor.patient import PatientServer


async def app(scope: Any, receive: Any, send: Any) -> None:
    """One request: an echo of it, or a stream of events."""
    if scope["type"] != "http":
        return
    if scope["path"].endswith("/events"):
        await _events(receive, send)
        return
    length = 0
    while True:
        message = await receive()
        length += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    if scope["path"].endswith("/slow"):
        await asyncio.sleep(0.5)
    said = {
        "socket": "webhook" if "webhook.sock" in str(scope["server"]) else "control",
        "pid": os.getpid(),
        "path": scope["raw_path"].decode(),
        "length": length,
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
    }
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _events(receive: Any, send: Any) -> None:
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
    )
    for number in range(1000):
        await send({"type": "http.response.body", "body": f"data: {number}\n\n".encode(), "more_body": True})
        await asyncio.sleep(0.2)


class _Server(PatientServer):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        ready()


async def main() -> None:
    sockets = [passed for name in ("control", "webhook") if (passed := inherited(name)) is not None]
    config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=2)
    await _Server(config).serve(sockets=sockets)


if __name__ == "__main__":
    asyncio.run(main())
