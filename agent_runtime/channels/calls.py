"""A call of a platform's HTTP API: its answer, or an error that says whether it may have taken effect.

No error of the HTTP library gets out of here: its text or its causes may carry a URL or a token into a log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx2

from agent_runtime.channels.channel import UncertainError, WaitError
from agent_runtime.mail import MailWaitsError
from agent_runtime.network import CONNECT_SECONDS

_AGAIN_SECONDS = 2.0


class UnreachableError(Exception):
    """No answer. `sent` says whether the request may have reached the platform."""

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@contextmanager
def sending() -> Iterator[None]:
    """What it means for a message that is being sent: UncertainError, WaitError."""
    try:
        yield
    except UnreachableError as error:
        if error.sent:
            raise UncertainError(str(error)) from None
        raise WaitError(str(error), _AGAIN_SECONDS) from None


@contextmanager
def reading() -> Iterator[None]:
    """What it means for a message that is being read: MailWaitsError."""
    try:
        yield
    except UnreachableError as error:
        raise MailWaitsError(str(error), "It is tried again; check the network.") from None


async def request(
    http: httpx2.AsyncClient, platform: str, method: str, url: str, wait: float = 30.0, **more: Any
) -> httpx2.Response:
    """The answer; `wait` is how long it may take, in seconds. Raises UnreachableError."""
    timeout = httpx2.Timeout(wait, connect=CONNECT_SECONDS)
    try:
        return await http.request(method, url, timeout=timeout, **more)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol):
        failure = UnreachableError(f"{platform} cannot be reached", sent=False)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        failure = UnreachableError(f"{platform} did not answer ({type(error).__name__})", sent=True)
    raise failure


async def ask(
    http: httpx2.AsyncClient, platform: str, method: str, url: str, wait: float = 30.0, **more: Any
) -> tuple[httpx2.Response, dict[str, Any]]:
    """The answer and its body, an object."""
    response = await request(http, platform, method, url, wait, **more)
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return response, body
    raise no_answer(platform, response)


def no_answer(platform: str, response: httpx2.Response) -> UnreachableError:
    """What a proxy says in the platform's place; it may have passed the request on."""
    return UnreachableError(f"no answer from {platform} (HTTP {response.status_code})", sent=True)


def is_within(url: str, api: str, is_theirs: Callable[[SplitResult], bool]) -> bool:
    """Whether a file is where the API is or, over https, at a place that `is_theirs`."""
    try:
        asked, ours = urlsplit(url), urlsplit(api)
        if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
            return True
        return asked.scheme == "https" and asked.port in (None, 443) and is_theirs(asked)
    except ValueError:
        return False


async def download(
    http: httpx2.AsyncClient, platform: str, url: str, largest: int, **request: Any
) -> tuple[int, bytes | None]:
    """A file's status and content, None where it has more than `largest` bytes. Raises UnreachableError."""
    found = bytearray()
    try:
        async with http.stream("GET", url, **request) as response:
            if response.status_code != 200:
                return response.status_code, None
            async for piece in response.aiter_bytes():
                found += piece
                if len(found) > largest:
                    return 200, None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        failure = UnreachableError(f"{platform} did not answer ({type(error).__name__})", sent=True)
    else:
        return 200, bytes(found)
    raise failure


def seconds_of(header: str | None) -> float | None:
    """`Retry-After` in seconds, as these platforms send it; None where it is nothing of the kind."""
    if header is None or not (header.isascii() and header.isdecimal() and len(header) < 6):
        return None
    return float(header)
