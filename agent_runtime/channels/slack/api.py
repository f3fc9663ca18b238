"""Calls of Slack's Web API: https://docs.slack.dev/apis/web-api. What came back, or what was refused."""

from __future__ import annotations

from typing import Any

from agent_runtime.channels.calls import ask, download, is_within, seconds_of
from agent_runtime.network import platform_client

# https://docs.slack.dev/reference/methods/chat.postMessage#errors: "It's possible some aspect of the
# operation succeeded before the error was raised."
_IN_DOUBT = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout"})
_FILES = "files.slack.com"


class SlackError(Exception):
    """Slack refused a call: `code` is its own word for why, such as `channel_not_found`."""

    def __init__(self, code: str, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code, self.retry_after = code, retry_after

    @property
    def in_doubt(self) -> bool:
        """Whether the call may have taken effect all the same."""
        return self.code in _IN_DOUBT


class SlackApi:
    """The methods of one bot."""

    def __init__(self, base_url: str, token: str) -> None:
        self._url = base_url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token.strip()}"}
        self._http = platform_client(30.0)

    def __repr__(self) -> str:
        return "SlackApi()"

    async def call(self, method: str, wait: float = 30.0, **arguments: Any) -> dict[str, Any]:
        """The answer of a method that writes. Raises SlackError and UnreachableError, as `form` does."""
        return await self._called(method, wait, json=arguments)

    async def form(self, method: str, wait: float = 30.0, **arguments: str) -> dict[str, Any]:
        """The answer of a method that reads: those take no JSON."""
        return await self._called(method, wait, data=arguments)

    async def _called(self, method: str, wait: float, **request: Any) -> dict[str, Any]:
        url = f"{self._url}/{method}"
        response, body = await ask(self._http, "Slack", "POST", url, wait, headers=self._headers, **request)
        if body.get("ok") is True:
            return body
        if response.status_code == 429:
            # https://docs.slack.dev/apis/web-api/rate-limits
            raise SlackError("ratelimited", seconds_of(response.headers.get("retry-after")) or 1.0)
        if response.status_code >= 500:
            raise SlackError("internal_error")
        raise SlackError(str(body.get("error", f"HTTP {response.status_code}")))

    async def download(self, url: str, largest: int) -> bytes | None:
        """A file that came with a message; None where it is larger. Raises SlackError, UnreachableError."""
        # The token goes nowhere else.
        if not is_within(url, self._url, lambda asked: asked.hostname == _FILES):
            raise SlackError("not_a_file_of_slack")
        status, content = await download(self._http, "Slack", url, largest, headers=self._headers)
        if status == 429:
            raise SlackError("ratelimited", 1.0)
        if status != 200:
            raise SlackError("internal_error" if status >= 500 else f"HTTP {status}")
        return content

    async def aclose(self) -> None:
        await self._http.aclose()
