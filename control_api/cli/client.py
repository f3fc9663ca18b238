"""A small client of the REST API: JSON in, JSON out, and every refusal turned into what to do next."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import httpx2

from control_api.cli.failure import CommandError
from control_api.cli.refusal import refused
from control_api.cli.sign_in import SignIn, current

# A write that waits is answered within its wait; all else is local work of the API.
_TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
# Streams say nothing while a model thinks; the server's own deadlines end them.
_STREAM_TIMEOUT = httpx2.Timeout(None, connect=5.0)


class Client:
    """Speaks to one Botyard. Use it as a context manager."""

    def __init__(self, sign_in: SignIn | None = None) -> None:
        self.sign_in = sign_in or current()
        if self.sign_in.url.endswith("/api/v1"):
            raise CommandError(
                f"{self.sign_in.url} is the address of the API, not of Botyard.",
                hint=f"Leave /api/v1 off: set BOTYARD_URL to {self.sign_in.url.removesuffix('/api/v1')}.",
            )
        headers = {"Accept": "application/json", "User-Agent": "botyard"}
        if self.sign_in.token:
            headers["Authorization"] = f"Bearer {self.sign_in.token}"
        try:
            # The proxies of the environment are not asked: Botyard is usually on this very machine.
            self._http = httpx2.Client(
                base_url=f"{self.sign_in.url}/api/v1", headers=headers, timeout=_TIMEOUT, trust_env=False
            )
        except (httpx2.InvalidURL, ValueError) as error:
            raise _bad_address(self.sign_in.url) from error

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """Read; parameters that are None are left out."""
        return self._send("GET", path, params={k: v for k, v in params.items() if v is not None})

    def items(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, cursor=cursor, **params)
            yield from page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return

    def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Any:
        """Change something. `version` is the one the change was made from (`If-Match`)."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        if version:
            headers["If-Match"] = f'"{version}"'
        return self._send(method, path, json=body, params=params, headers=headers)

    @contextmanager
    def events(
        self, method: str, path: str, *, body: Any = None, params: Mapping[str, Any] | None = None
    ) -> Iterator[Iterator[tuple[str, Any]]]:
        """Server-sent events as (event, data) until the server closes the stream."""
        with (
            self._explained(),
            self._http.sse(path, method=method, json=body, params=params, timeout=_STREAM_TIMEOUT) as source,
        ):
            if source.response.is_error:
                source.response.read()
                raise refused(source.response, self.sign_in)
            yield ((event.event, event.json()) for event in source if event.data)

    def _send(self, method: str, path: str, **request: Any) -> Any:
        with self._explained():
            response = self._http.request(method, path, **request)
        if response.is_error:
            raise refused(response, self.sign_in)
        if response.status_code == 204 or not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise CommandError(
                f"{self.sign_in.url} answered something else than JSON.",
                hint="Is this the address of a Botyard? Set BOTYARD_URL.",
            ) from error

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Faults of the connection, said so that a person knows what to start or set."""
        url = self.sign_in.url
        try:
            yield
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise _bad_address(url) from error
        except httpx2.ConnectError as error:
            raise CommandError(
                f"Botyard does not answer at {url}.",
                hint="Start it with `make up`, or set BOTYARD_URL to where it runs.",
            ) from error
        except httpx2.TimeoutException as error:
            raise CommandError(
                f"{url} did not answer in time.",
                hint="`botyard doctor` tells what is wrong on this machine.",
            ) from error
        except httpx2.TransportError as error:
            raise CommandError(
                f"The connection to {url} broke: {error or type(error).__name__}.",
                hint="What was accepted goes on; `botyard list` shows where it stands.",
            ) from error


def _bad_address(url: str) -> CommandError:
    return CommandError(f"{url!r} is not an address.", hint="Set BOTYARD_URL like http://127.0.0.1:8080.")
