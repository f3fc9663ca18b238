"""How the parts of Botyard on one machine reach one another: HTTP over Unix sockets."""

from __future__ import annotations

from pathlib import Path

import httpx2

_USUAL = httpx2.Limits()


def over_socket(path: Path, limits: httpx2.Limits = _USUAL) -> httpx2.AsyncHTTPTransport:
    """Connections to a socket. There is no TLS on them; certificates to verify with take 30 ms to load."""
    return httpx2.AsyncHTTPTransport(uds=str(path), verify=False, trust_env=False, limits=limits)
