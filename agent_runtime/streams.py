"""How HTTP clients connect: asyncio's own streams under httpcore.

The library's own way, over anyio, asks for the running task and its loop some fifty times a request, which is
a quarter of the processor's time of a small one; and it sends a request's head and body one after the other.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import aiohappyeyeballs
import httpcore2

# As `getaddrinfo` has them.
Addresses: TypeAlias = list[Any]
# A name may have an address that leads nowhere: the next is tried beside it after so many seconds (RFC 8305).
_NEXT_SECONDS = 0.25
_MOST_HELD = 65_536  # bytes that wait for the end of a request


class Backend(httpcore2.AsyncNetworkBackend):
    """Connects to a name's addresses, to those that `allowed` leaves."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        with _named(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                try:
                    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
                except (OSError, UnicodeError):
                    raise httpcore2.ConnectError(f"the name {host} does not resolve") from None
                addresses = self.allowed(host, found)
                connected = await aiohappyeyeballs.start_connection(
                    addresses, happy_eyeballs_delay=_NEXT_SECONDS
                )
        return _Stream(connected)

    def allowed(self, host: str, addresses: Addresses) -> Addresses:
        """Where a connection may lead. Raises ConnectError where nothing is left."""
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("a URL never leads to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    """A connection. What is written is held until it is much, or until an answer is waited for."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._held = bytearray()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with _named(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    await self._open(ssl=ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            await self._send(timeout)
        assert self._reader is not None
        with _named(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if len(self._held) > _MOST_HELD:
            await self._send(timeout)

    async def aclose(self) -> None:
        # There is nothing left to be sent or to wait for: it was answered, or nobody wants the answer.
        if self._writer is not None:
            self._writer.transport.abort()
        else:
            self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        return None if self._writer is None else self._writer.get_extra_info(info)

    async def _open(self, **tls: Any) -> None:
        self._reader, self._writer = await asyncio.open_connection(sock=self._socket, **tls)

    async def _send(self, timeout: float | None) -> None:
        with _named(httpcore2.WriteTimeout, httpcore2.WriteError):
            async with asyncio.timeout(timeout):
                if self._writer is None:
                    await self._open()
                assert self._writer is not None
                self._writer.write(bytes(self._held))
                self._held.clear()
                await self._writer.drain()

    def _is_readable(self) -> bool:
        """Whether the server has closed a connection that rests, as even the loop may not know yet."""
        if self._reader is None or self._reader.at_eof() or self._socket_number < 0:
            return True
        poll = select.poll()
        poll.register(self._socket_number, select.POLLIN)
        return bool(poll.poll(0))

    @property
    def _socket_number(self) -> int:
        assert self._writer is not None
        found = self._writer.get_extra_info("socket")
        return -1 if found is None else int(found.fileno())


@contextmanager
def _named(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """The library's own errors, for what the network says."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except (OSError, RuntimeError) as error:
        # uvloop has RuntimeErrors for sockets that have gone.
        raise failed(str(error)) from error
