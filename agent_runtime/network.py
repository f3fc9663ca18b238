"""How the runtime reaches the network: one SSL context, and a guard on the addresses that users choose.

The guard looks at the address that a name resolved to and connects to that very one, so a name that changes
its mind between the check and the connection gains nothing. Redirects are never followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from agent_runtime.addresses import Address, Reach, allowed
from agent_runtime.over_socket import over_socket

if TYPE_CHECKING:
    from agent_runtime.settings import RuntimeSettings

CONNECT_SECONDS = 10.0


def reach_of(settings: RuntimeSettings) -> Reach:
    """What users' URLs may reach: private if the operator says so, loopback while we listen on it only."""
    if settings.allow_private_urls:
        return Reach.PRIVATE
    return Reach.LOOPBACK if settings.private_urls_allowed else Reach.PUBLIC


class AddressRefusedError(httpcore2.ConnectError):
    """A URL leads to an address that bots may not reach."""


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Resolves a name, drops the addresses out of reach and connects to one of the others."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        end = time.monotonic() + (CONNECT_SECONDS if timeout is None else timeout)
        failure: Exception | None = None
        for address in await self._addresses(host, port, end):
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                return await self._plain.connect_tcp(str(address), port, left, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectTimeout(f"{host} did not answer in time")

    async def _addresses(self, host: str, port: int, end: float) -> list[Address]:
        lookup = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.wait_for(lookup, max(0.0, end - time.monotonic()))
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"the name {host} did not resolve in time") from None
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"the name {host} does not resolve") from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        usable = [address for address in dict.fromkeys(addresses) if allowed(address, self._reach)]
        if not usable:
            raise AddressRefusedError(
                f"{host} leads to an address that bots may not reach; an operator can allow private "
                "addresses with BOTYARD_ALLOW_PRIVATE_URLS"
            )
        return usable

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise AddressRefusedError("a user's URL never leads to a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx2.AsyncHTTPTransport):
    """The usual transport over a guarded backend."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(verify=ssl_context(), trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context(),
            max_connections=20,
            max_keepalive_connections=4,
            keepalive_expiry=60,
            network_backend=_GuardedBackend(reach),
        )


@cache
def ssl_context() -> ssl.SSLContext:
    """The one SSL context of a process; made before the first fork it is shared by all workers."""
    return httpx2.create_ssl_context(trust_env=False)


def silence_http_logs() -> None:
    """HTTP libraries log whole URLs, and Telegram's hold the bot's token: only warnings get out."""
    for name in ("httpx2", "httpcore2", "httpx", "httpcore", "openai", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)


def guarded_client(reach: Reach, timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """A client for URLs that users choose."""
    silence_http_logs()
    transport = _GuardedTransport(reach)
    return httpx2.AsyncClient(transport=transport, timeout=timeout, trust_env=False)


def platform_client(timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """A client for URLs that the operator chooses, such as Telegram's API."""
    silence_http_logs()
    return httpx2.AsyncClient(verify=ssl_context(), timeout=timeout, trust_env=False)


def socket_client(path: Path, timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """A client for a part of Botyard that listens on a Unix socket."""
    silence_http_logs()
    return httpx2.AsyncClient(transport=over_socket(path), timeout=timeout, trust_env=False)
