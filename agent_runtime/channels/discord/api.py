"""Calls of Discord's REST API: what came back, or an error that says what to do and holds no token.

Limits are told by Discord with each answer and kept by route, so that none is exceeded knowingly:
https://docs.discord.com/developers/topics/rate-limits.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from agent_runtime.channels.calls import download, is_within, no_answer, request
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.network import CONNECT_SECONDS, platform_client
from agent_runtime.version import version

Route = tuple[str, ...]


class DiscordError(Exception):
    """Discord refused a call: the HTTP status, its own `code` and words; `retry_after` in seconds."""

    def __init__(self, status: int, code: int, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {message}")
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after


# https://docs.discord.com/developers/reference#user-agent: others may be blocked.
_USER_AGENT = f"DiscordBot (https://botyard.dev, {version()})"
_DISCORD = "Discord"
_TOKEN = re.compile(r"[A-Za-z0-9._-]{1,200}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_HOST = "discord.com"
_FILES = ("cdn.discordapp.com", "media.discordapp.net")
_TOO_MANY_REFUSED = "Discord has refused very many calls of this machine; it makes no more for a while"
_NO_TOKEN = "this is no token of a bot"  # noqa: S105 - says so


class DiscordApi:
    """The calls of one bot."""

    def __init__(self, base_url: str, token: str, refused: RefusedCalls | None = None) -> None:
        """`refused` counts those of the whole machine, where there is one."""
        self._url, self._token, self._refused = base_url.rstrip("/"), token, refused
        self._http = platform_client(httpx2.Timeout(30.0, connect=CONNECT_SECONDS))
        self._free_at: dict[Route, float] = {}

    def __repr__(self) -> str:
        return "DiscordApi()"

    def pause(self, method: str, path: str) -> float:
        """Seconds until Discord takes this call, as far as it has said."""
        free_at = max(self._free_at.get((), 0.0), self._free_at.get(_route(method, path), 0.0))
        return max(0.0, free_at - time.monotonic())

    async def call(
        self, method: str, path: str, body: Any = None, wait: float = 30.0, *, own: bool = True
    ) -> Any:
        """The result; `wait` is how long an answer may take, in seconds. Parts of `path` come by `part`.

        Not `own` are the calls that an interaction's token authorises.
        """
        if own and not _TOKEN.fullmatch(self._token):
            raise DiscordError(401, 0, _NO_TOKEN)
        if self._refused is not None and (pause := self._refused.pause()) > 0:
            raise DiscordError(429, 0, _TOO_MANY_REFUSED, pause)
        headers = {"User-Agent": _USER_AGENT, **({"Authorization": f"Bot {self._token}"} if own else {})}
        content: dict[str, Any] = {} if body is None else {"json": body}
        response = await request(
            self._http, _DISCORD, method, self._url + path, wait, headers=headers, **content
        )
        self._heed(_route(method, path), response)
        return _result(response)

    def picture(self, kind: str, of: str, digest: str | None) -> str | None:
        """Where a picture is, 128 pixels wide; a proxy of the API is asked for Discord's files too.

        https://docs.discord.com/developers/reference#image-formatting-cdn-endpoints
        """
        if not digest:
            return None
        own = urlsplit(self._url)
        files = f"https://{_FILES[0]}" if own.netloc == _HOST else f"{own.scheme}://{own.netloc}"
        return f"{files}/{kind}/{part(of)}/{part(digest)}.png?size=128"

    async def download(self, url: str, largest: int) -> bytes | None:
        """A file that somebody sent; None where it has more than `largest` bytes. It takes no token."""
        if not is_within(url, self._url, lambda asked: asked.hostname in _FILES):
            raise DiscordError(400, 0, "that is no file of Discord's")
        headers = {"User-Agent": _USER_AGENT}
        status, content = await download(self._http, _DISCORD, url, largest, headers=headers)
        if status != 200:
            raise DiscordError(status, 0, "the file can't be had")
        return content

    def _heed(self, route: Route, response: httpx2.Response) -> None:
        """What the answer says of the next call of its route, or, where all are too many, of every call."""
        headers, now = response.headers, time.monotonic()
        if self._refused is not None:
            self._refused.count(response.status_code, headers.get("x-ratelimit-scope", ""))
        if response.status_code == 429:
            everything = headers.get("x-ratelimit-scope") == "global" or "x-ratelimit-global" in headers
            self._free_at[() if everything else route] = now + _seconds(headers.get("retry-after"), 1.0)
        elif headers.get("x-ratelimit-remaining") == "0":
            self._free_at[route] = now + _seconds(headers.get("x-ratelimit-reset-after"), 0.0)
        else:
            self._free_at.pop(route, None)

    async def aclose(self) -> None:
        await self._http.aclose()


def part(text: str) -> str:
    """A part of a path, whoever it comes from."""
    return quote(text, safe="@")


def _route(method: str, path: str) -> Route:
    """What has a limit of its own: a method on one channel, server or webhook, whatever is below that.

    https://docs.discord.com/developers/topics/rate-limits: top-level resources count separately.
    """
    parts = path.partition("?")[0].strip("/").split("/")
    top = 3 if parts[0] == "webhooks" else 2
    return (method, *parts[:top], *("*" if _NUMBER.fullmatch(each) else each for each in parts[top:]))


def _result(response: httpx2.Response) -> Any:
    if response.status_code == 204:
        return None
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.is_success and body is not None:
        return body
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    if not told and response.status_code != 429:
        raise no_answer(_DISCORD, response)
    retry_after = None
    if response.status_code == 429:
        retry_after = _seconds(told.get("retry_after") or response.headers.get("retry-after"), 1.0)
    code = told.get("code")
    message = " ".join([str(told.get("message", "")), *_details(told.get("errors"))]).strip()
    raise DiscordError(response.status_code, code if isinstance(code, int) else 0, message, retry_after)


def _details(errors: Any) -> list[str]:
    """By field, `_errors` at the leaves: https://docs.discord.com/developers/reference#error-messages."""
    if isinstance(errors, dict):
        found = [each for value in errors.values() for each in _details(value)]
        return found[:3]
    if isinstance(errors, list):
        return [str(each.get("message", "")) for each in errors if isinstance(each, dict)]
    return []


def _seconds(text: Any, otherwise: float) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return otherwise
