"""How a call says who makes it: an API token, or a session cookie with CSRF protection."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from control_api.caller import ALL_SCOPES, Caller, Scope
from control_api.kit.problems import ForbiddenError, NotSignedInError
from control_api.kit.requests import same_origin
from control_api.platform import Platform, PlatformDep
from control_api.sign_in.cookies import COOKIE, SECURE_COOKIE
from control_api.sign_in.service import SignIns
from control_api.tokens.service import Tokens

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# For the OpenAPI document; the reading itself is below, so that every refusal has one shape.
_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="An API token, `byt_…`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session")


async def _caller(
    request: Request,
    platform: PlatformDep,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Caller:
    if "authorization" in request.headers:
        return await by_token(platform, request, bearer.credentials if bearer else "")
    cookie = request.cookies.get(SECURE_COOKIE) or cookie
    if cookie:
        return await _by_cookie(platform, request, cookie)
    raise NotSignedInError


async def by_token(platform: Platform, request: Request, token: str) -> Caller:
    """The caller behind an API token; a wrong one is counted."""
    found = await Tokens(platform).check(request, token)
    return Caller(
        user=found.user.name,
        operator=found.user.operator,
        scopes=frozenset(found.token.scopes),
        via="token",
        credential=found.token.id,
        email=found.user.email,
        roles=found.roles,
    )


async def _by_cookie(platform: Platform, request: Request, cookie: str) -> Caller:
    found = await SignIns(platform).check(cookie)
    if request.method not in _SAFE:
        sent = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(sent.encode(), found.session.csrf.encode()):
            raise ForbiddenError(
                "Send the header X-CSRF-Token with the value that GET /api/v1/me gives as csrf."
            )
        if not same_origin(request):
            raise ForbiddenError(
                "This page's address is not the one that was called; open Botyard at its own address."
            )
    return Caller(
        user=found.user.name,
        operator=found.user.operator,
        scopes=ALL_SCOPES,
        via="session",
        credential=found.session.digest,
        csrf=found.session.csrf,
        email=found.user.email,
        roles=found.roles,
    )


def _with(scope: Scope) -> Callable[[Caller], Coroutine[Any, Any, Caller]]:
    async def check(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
        caller.check_scope(scope)
        return caller

    return check


AnyCaller = Annotated[Caller, Depends(_caller)]
Reader = Annotated[Caller, Depends(_with("bots:read"))]
Writer = Annotated[Caller, Depends(_with("bots:write"))]
Admin = Annotated[Caller, Depends(_with("admin"))]
