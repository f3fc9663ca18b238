"""The session cookie: `__Host-` over HTTPS, on loopback HTTP a plain HttpOnly one, both SameSite=Strict."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

COOKIE = "botyard-session"
SECURE_COOKIE = f"__Host-{COOKIE}"


def put(response: Response, value: str, *, secure: bool, expires: datetime) -> None:
    """Signs the browser in."""
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE,
        value,
        expires=expires,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def clear(response: Response, *, secure: bool) -> None:
    """Signs the browser out."""
    name = SECURE_COOKIE if secure else COOKIE
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="strict")
