"""The fleet repository over HTTP: Git's own `git http-backend` behind ASGI, bodies streamed both ways.

Authentication is the caller's; this serves Git's smart protocol and nothing else of the repository.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from gitops import git
from gitops.exchange import Application, Exchange, Receive, Scope, Send, answer
from gitops.repository import LARGEST_PUSH

log = structlog.get_logger()

_SERVICES = ("git-upload-pack", "git-receive-pack")


class FleetServer:
    """An ASGI application. Mount it where clones should come from, such as `/git/fleet.git`."""

    def __init__(
        self,
        repository: Path,
        user: Callable[[Scope], str],
        after_push: Callable[[], None],
        largest_body: int,
        seconds: float,
    ) -> None:
        self._repository = repository
        self._user = user
        self._after_push = after_push
        self._largest_body = largest_body
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        path = _inner_path(scope)
        service = _service(scope["method"], path, scope.get("query_string", b"").decode("latin-1"))
        if service is None:
            await answer(send, 404, "there is only a Git repository here; clone it with git")
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if _declared(headers) > self._largest_body:
            await answer(send, 413, f"a push holds at most {self._largest_body >> 20} MiB; push in parts")
            return
        exchange = Exchange(receive, send, self._largest_body)
        try:
            async with asyncio.timeout(self._seconds):
                await exchange.run(self._environment(scope, path, headers))
        except TimeoutError:
            log.warning("git_request_took_too_long", service=service, seconds=self._seconds)
            await exchange.give_up(408, "this took too long; try again, or push in parts")
        finally:
            if service == "git-receive-pack" and scope["method"] == "POST":
                self._after_push()

    def _environment(self, scope: Scope, path: str, headers: dict[str, str]) -> dict[str, str]:
        """The CGI variables (RFC 3875) that http-backend reads, and nothing of ours."""
        environment = git.environment(self._repository)
        del environment["GIT_DIR"]
        environment |= {
            "GIT_PROJECT_ROOT": str(self._repository.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{self._repository.name}{path}",
            "REQUEST_METHOD": scope["method"],
            "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REMOTE_USER": self._user(scope),
            "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        }
        for header, variable in _HEADERS.items():
            if header in headers:
                environment[variable] = headers[header]
        return environment


_HEADERS = {
    "content-type": "CONTENT_TYPE",
    "content-length": "CONTENT_LENGTH",
    "content-encoding": "HTTP_CONTENT_ENCODING",
    "git-protocol": "HTTP_GIT_PROTOCOL",
    "accept-encoding": "HTTP_ACCEPT_ENCODING",
}


def http_backend(
    repository: Path,
    *,
    user: Callable[[Scope], str] = lambda scope: "anonymous",
    after_push: Callable[[], None] = lambda: None,
    largest_body: int = LARGEST_PUSH,
    seconds: float = 300,
) -> Application:
    """The ASGI application that serves a repository.

    `user` names who asks, for Git's hooks; `after_push` is called whenever a push has been taken or refused.
    """
    return FleetServer(repository.absolute(), user, after_push, largest_body, seconds)


def _inner_path(scope: Scope) -> str:
    """The path below where this is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _service(method: str, path: str, query: str) -> str | None:
    """The smart protocol's service that is asked for; None for anything else."""
    if method == "GET" and path == "/info/refs":
        return next((service for service in _SERVICES if query == f"service={service}"), None)
    if method == "POST" and path.removeprefix("/") in _SERVICES:
        return path.removeprefix("/")
    return None


def _declared(headers: dict[str, str]) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0
