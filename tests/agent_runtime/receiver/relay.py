"""Stands where the gateway does: a TCP port of this machine before the receiver's Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path


class Relay:
    """Passes bytes on; while `broken` it closes every connection at once. `path` may be set late."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.broken = False
        self.url = ""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.broken or self.path is None:
            writer.close()
            return
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(str(self.path))
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def relaying() -> AsyncIterator[Relay]:
    relay = Relay()
    server = await asyncio.start_server(relay.connected, "127.0.0.1", 0)
    relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield relay
    server.close()
