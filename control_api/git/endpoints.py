"""`/git/fleet.git`: Git's own smart HTTP, behind Basic authentication by an API token, for operators."""

from __future__ import annotations

import base64
import binascii
from functools import partial

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from control_api.auth import by_token
from control_api.caller import Caller, Scope
from control_api.kit.handlers import ProblemResponse
from control_api.kit.problems import BotyardError, ForbiddenError, NotSignedInError
from control_api.platform import Platform
from gitops.serve import http_backend

_USER = "botyard.user"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="botyard: any user name, an API token as password"'}


class HostedElsewhereError(BotyardError):
    """The fleet repository is not served here."""

    status = 404
    title = "The fleet repository is elsewhere"

    def __init__(self, remote: str) -> None:
        super().__init__(f"Botyard keeps the fleet at {remote}; clone it from there, and push there.")


class FleetOverHttp:
    """Clone and push of the fleet repository."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._git: ASGIApp = http_backend(
            platform.fleet.path, user=lambda scope: scope[_USER], after_push=platform.fleet.committer.nudge
        )

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        pushing = _is_push(request)
        try:
            caller = await self._caller(request)
            _check(caller, "git:write" if pushing else "git:read")
            if self._platform.fleet.remote is not None:
                raise HostedElsewhereError(self._platform.fleet.remote.url)
        except BotyardError as error:
            headers = {**error.headers, **(_CHALLENGE if error.status == 401 else {})}
            await ProblemResponse(error.body(), status_code=error.status, headers=headers)(
                scope, receive, send
            )
            return
        scope[_USER] = caller.user
        if self._is_pack(request):
            await self._platform.pushes.follow(caller.user, partial(self._git, scope, receive, send))
        else:
            await self._git(scope, receive, send)

    async def _caller(self, request: Request) -> Caller:
        password = _password(request.headers.get("authorization", ""))
        if password is None:
            raise NotSignedInError("Give Git any user name, and an API token as password.")
        return await by_token(self._platform, request, password)

    @staticmethod
    def _is_pack(request: Request) -> bool:
        return request.method == "POST" and request.url.path.endswith("/git-receive-pack")


def _check(caller: Caller, scope: Scope) -> None:
    caller.check_scope(scope)
    if not caller.operator:
        raise ForbiddenError(
            "The fleet repository shows every owner's bots, so it is for operators only. "
            "Read what changed of yours with `botyard history` and `botyard diff`."
        )


def _is_push(request: Request) -> bool:
    return request.url.path.endswith("/git-receive-pack") or "git-receive-pack" in request.url.query


def _password(header: str) -> str | None:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


async def serve(scope: Connection, receive: Receive, send: Send) -> None:
    """The ASGI application to mount; the platform is there once the lifespan has begun."""
    if scope["type"] == "http":
        await FleetOverHttp(scope["app"].state.platform)(scope, receive, send)
