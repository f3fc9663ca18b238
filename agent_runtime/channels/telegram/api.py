"""Calls of the Telegram Bot API: what came back, or an error that says what to do and holds no token.

The token is part of every URL.
"""

from __future__ import annotations

import re
from typing import Any

import httpx2

from agent_runtime.channels import calls
from agent_runtime.network import CONNECT_SECONDS, platform_client

_NAME = "Telegram"


class TelegramError(Exception):
    """Telegram refused a call: `code` and `description` are its own.

    `migrated_to` is the chat that a group has become: https://core.telegram.org/bots/api#responseparameters.
    """

    def __init__(
        self,
        code: int,
        description: str,
        retry_after: float | None = None,
        migrated_to: int | None = None,
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrated_to = migrated_to


# https://core.telegram.org/bots/api#authorizing-your-bot; anything else could lead to another path.
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")
_PATH = re.compile(r"[A-Za-z0-9_./-]{1,200}")


class TelegramApi:
    """The methods of one bot."""

    def __init__(self, base_url: str, token: str) -> None:
        self._url = f"{base_url.rstrip('/')}/bot{token}/"
        self._files = f"{base_url.rstrip('/')}/file/bot{token}/"
        self._token = token
        self._http = platform_client(httpx2.Timeout(30.0, connect=CONNECT_SECONDS))

    def __repr__(self) -> str:
        return "TelegramApi()"

    async def call(self, method: str, wait: float = 30.0, **parameters: Any) -> Any:
        """The result of a method; `wait` is how long an answer may take, in seconds."""
        if not _TOKEN.fullmatch(self._token):
            raise TelegramError(401, "Unauthorized: this is no token of a bot")
        url = self._url + method
        return self._result(*await calls.ask(self._http, _NAME, "POST", url, wait, json=parameters))

    async def download(self, path: str, largest: int) -> bytes | None:
        """A file by the path that getFile told; None where it has more than `largest` bytes.

        https://core.telegram.org/bots/api#file: the link is good for an hour.
        """
        if not _PATH.fullmatch(path) or ".." in path:
            raise TelegramError(400, "that is no path of a file")
        status, content = await calls.download(self._http, _NAME, self._files + path, largest)
        if status != 200:
            raise TelegramError(status, "the file can't be had")
        return content

    def _result(self, response: httpx2.Response, body: dict[str, Any]) -> Any:
        if body.get("ok") is True:
            return body.get("result")
        code = int(body.get("error_code", response.status_code))
        told = body.get("parameters")
        parameters = told if isinstance(told, dict) else {}
        retry_after, migrated_to = parameters.get("retry_after"), parameters.get("migrate_to_chat_id")
        description = str(body.get("description", "")).replace(self._token, "…")
        wait = float(retry_after) if retry_after is not None else None
        raise TelegramError(code, description, wait, int(migrated_to) if migrated_to else None)

    async def aclose(self) -> None:
        await self._http.aclose()
