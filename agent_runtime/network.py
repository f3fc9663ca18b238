"""How the runtime reaches the network: one SSL context, and a guard on the addresses that users choose.

The guard looks at the address that a name resolved to and connects to that very one, so a name that changes
its mind between the check and the connection gains nothing. Redirects are never followed.
"""

from __future__ import annotations

import ipaddress
import logging
import ssl
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpcore2
import httpx2

from agent_runtime.addresses import Address, Reach, allowed
from agent_runtime.over_socket import over_socket
from agent_runtime.streams import Addresses, Backend

if TYPE_CHECKING:
    from agent_runtime.settings import RuntimeSettings

CONNECT_SECONDS = 10.0
_OF_A_MODEL = httpx2.Limits(max_connections=20, max_keepalive_connections=4, keepalive_expiry=60)
_OF_A_PLATFORM = httpx2.Limits(max_connections=100, max_keepalive_connections=20)


def reach_of(settings: RuntimeSettings) -> Reach:
    """What users' URLs may reach: private if the operator says so, loopback while we listen on it only."""
    if settings.allow_private_urls:
        return Reach.PRIVATE
    return Reach.LOOPBACK if settings.private_urls_allowed else Reach.PUBLIC


class AddressRefusedError(httpcore2.ConnectError):
    """A URL leads to an address that bots may not reach."""


class _GuardedBackend(Backend):
    """Drops the addresses out of reach and connects to one of the others."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    def allowed(self, host: str, addresses: Addresses) -> Addresses:
        usable = [address for address in addresses if allowed(_address_of(address), self._reach)]
        if not usable:
            raise AddressRefusedError(
                f"{host} leads to an address that bots may not reach; an operator can allow private "
                "addresses with BOTYARD_ALLOW_PRIVATE_URLS"
            )
        return usable


def _address_of(entry: Any) -> Address:
    """The address of what `getaddrinfo` found; a local one of IPv6 may have its network behind it."""
    return ipaddress.ip_address(str(entry[4][0]).partition("%")[0])


class _Transport(httpx2.AsyncHTTPTransport):
    """The usual transport over our own connections."""

    def __init__(self, backend: Backend, limits: httpx2.Limits) -> None:
        super().__init__(verify=ssl_context(), trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=backend,
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
    return _client(_GuardedBackend(reach), timeout, _OF_A_MODEL)


def platform_client(timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """A client for URLs that the operator chooses, such as Telegram's API."""
    return _client(Backend(), timeout, _OF_A_PLATFORM)


def _client(backend: Backend, timeout: httpx2.Timeout | float, limits: httpx2.Limits) -> httpx2.AsyncClient:
    silence_http_logs()
    return httpx2.AsyncClient(transport=_Transport(backend, limits), timeout=timeout, trust_env=False)


def socket_client(path: Path, timeout: httpx2.Timeout | float) -> httpx2.AsyncClient:
    """A client for a part of Botyard that listens on a Unix socket."""
    silence_http_logs()
    return httpx2.AsyncClient(transport=over_socket(path), timeout=timeout, trust_env=False)
