"""The outermost layer: checks the `Host`, adds security headers, logs and counts. Streams flow through."""

from __future__ import annotations

import ipaddress
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from control_api.kit.handlers import ProblemResponse
from control_api.kit.page_policy import PagePolicy, framed_by
from control_api.kit.problems import BadRequestError, BotyardError, TooLargeError
from control_api.kit.requests import from_secure_origin, host_name
from control_api.settings import ControlSettings

log = structlog.get_logger()

LARGEST_BODY = 1 << 20


_HEADERS = {
    "Content-Security-Policy": framed_by(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Supervisors and orchestrators ask these by whatever address they have, and they tell nothing.
_PROBES = frozenset({"/healthz", "/readyz"})


class Gate:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, settings: ControlSettings) -> None:
        self._app = app
        self._page = PagePolicy(settings.frontend)
        self._hosts = settings.hosts
        self._public_url = settings.public_url
        self._open = not settings.is_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        answer = _Answer(request, send, from_secure_origin(request, self._public_url), self._page)
        refused = self._refusal(request)
        if refused is None:
            await self._app(scope, receive, answer.send)
        else:
            await ProblemResponse(refused.body(), status_code=refused.status)(scope, receive, answer.send)
        answer.log()

    def _refusal(self, request: Request) -> BotyardError | None:
        if not self._may_call(request):
            hosts = "the address that `botyard up` printed, or set BOTYARD_PUBLIC_URL to this one"
            return BadRequestError(f"This Botyard is not known by that address. Use {hosts}.")
        # Bodies that do not say their length are counted as they come; see `max_body_size` of the routes.
        if request.url.path.startswith("/api/") and _declared_length(request) > LARGEST_BODY:
            return TooLargeError(f"Send at most {LARGEST_BODY >> 20} MiB.")
        return None

    def _may_call(self, request: Request) -> bool:
        if request.url.path in _PROBES:
            return True
        hosts = request.headers.getlist("host")
        name = host_name(hosts[0]) if len(hosts) == 1 else None
        if name is None:
            return False
        # A rebinding attack needs a name; an address in numbers can only be this machine's own.
        return name in self._hosts or (self._open and _is_address(name))


class _Answer:
    """One response on its way out."""

    def __init__(self, request: Request, send: Send, secure: bool, page: PagePolicy) -> None:
        self._request = request
        self._send = send
        self._secure = secure
        self._page = page
        self._began = time.perf_counter()
        self._status = 500
        self._first_byte: float | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._first_byte = time.perf_counter() - self._began
            self._add_headers(MutableHeaders(scope=message))
        await self._send(message)

    def _add_headers(self, headers: MutableHeaders) -> None:
        # Whoever has a policy of their own says in it who may frame them.
        framed = "content-security-policy" in headers
        # What has not changed has no type, and the browser takes its headers for the page that it keeps.
        if self._status == 304 or headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Content-Security-Policy", self._page.now())
        for name, value in _HEADERS.items():
            if not (framed and name == "X-Frame-Options"):
                headers.setdefault(name, value)
        if self._secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        path = self._request.url.path
        if path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        elif path.startswith("/assets/") and self._status == 200:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        elif headers.get("content-type", "").startswith("text/html"):
            headers["Cache-Control"] = "no-cache"

    def log(self) -> None:
        """One line, and the counts. The path without its query: a query may hold what nobody should read."""
        request = self._request
        seconds = self._first_byte if self._first_byte is not None else 0.0
        route = getattr(request.scope.get("route"), "path", None) or "other"
        platform = getattr(request.app.state, "platform", None) if "app" in request.scope else None
        if platform is not None:
            platform.metrics.requests.labels(request.method, route, str(self._status)).inc()
            platform.metrics.seconds.labels(request.method, route).observe(seconds)
        log.info(
            "request",
            method=request.method,
            path=request.url.path[:200],
            status=self._status,
            milliseconds=round(seconds * 1000, 1),
        )


def _declared_length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
