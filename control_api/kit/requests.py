"""What can be believed of a request: where it comes from and at which address it was made."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


def source(request: HTTPConnection) -> str:
    """The address of the client, to count wrong tries by.

    Behind the gateway the connection is a Unix socket without an address, and the last entry of
    `X-Forwarded-For` is the gateway's own. Entries before it are the client's words and not believed.
    """
    if request.client and request.client.host and request.client.port:
        return request.client.host
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return (forwarded or "local")[:100]


def from_secure_origin(request: HTTPConnection, public_url: str) -> bool:
    """Whether the browser speaks HTTPS, as the server, the gateway or the operator's settings say.

    Behind a proxy that ends TLS the gateway sees plain HTTP; the public address then tells.
    """
    forwarded = request.headers.get("x-forwarded-proto", "")
    if request.url.scheme == "https" or forwarded.rpartition(",")[2].strip() == "https":
        return True
    public = urlsplit(public_url)
    return public.scheme == "https" and _https_host(public.netloc) == _https_host(
        request.headers.get("host", "")
    )


def _https_host(netloc: str) -> str:
    """A host with its port, without the port that HTTPS has anyway."""
    return netloc.rpartition("@")[2].lower().removesuffix(":443")


def same_origin(request: HTTPConnection) -> bool:
    """Whether a browser's `Origin`, if any, is the host that was called."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def host_name(header: str) -> str | None:
    """The name in a `Host` header without its port, or None where it is malformed."""
    if not header or any(c in header for c in "/?#@\\ \t"):
        return None
    try:
        parts = urlsplit(f"//{header}")
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname
