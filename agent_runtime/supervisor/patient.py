"""An HTTP server that loses no request when it is told to end."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

_GRACE = 0.15


class PatientServer(uvicorn.Server):
    """Uvicorn closes, at its end, connections whose request it has not read yet; this one reads them first.

    It stops accepting, so that new connections wait for its successor in the queue of the shared socket, and
    lets the requests on those that it has accepted arrive. The gateway sends one a connection, at once.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await asyncio.sleep(_GRACE)
        await super().shutdown(sockets)
