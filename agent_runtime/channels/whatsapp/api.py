"""Calls of the WhatsApp Cloud API: what came back, or what was refused.

Errors are those of the Graph API: https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
"""

from __future__ import annotations

from typing import Any

from agent_runtime.channels.calls import ask, download, is_within, seconds_of
from agent_runtime.network import platform_client

# Where media are fetched from: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media
_MEDIA = (".fbsbx.com", ".whatsapp.net", ".facebook.com")


class WhatsAppError(Exception):
    """Meta refused a call: `code` is its number for why, `status` that of HTTP."""

    def __init__(self, code: int, text: str, status: int, retry_after: float | None = None) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.status, self.retry_after = code, status, retry_after


class WhatsAppApi:
    """The calls of one phone number."""

    def __init__(self, base_url: str, token: str) -> None:
        self._url = base_url.rstrip("/")
        self._token = token.strip()
        self._headers = {"authorization": f"Bearer {self._token}"}
        self._http = platform_client(30.0)

    def __repr__(self) -> str:
        return "WhatsAppApi()"

    async def get(self, path: str, wait: float = 30.0, **query: str) -> dict[str, Any]:
        """Raises WhatsAppError and UnreachableError, as `post` does."""
        return await self._call("GET", path, wait, params=query)

    async def post(self, path: str, body: dict[str, Any], wait: float = 30.0) -> dict[str, Any]:
        return await self._call("POST", path, wait, json=body)

    async def _call(self, method: str, path: str, wait: float, **request: Any) -> dict[str, Any]:
        url = f"{self._url}/{path}"
        response, body = await ask(
            self._http, "WhatsApp", method, url, wait, headers=self._headers, **request
        )
        error = body.get("error")
        if response.is_success and not isinstance(error, dict):
            return body
        said = error if isinstance(error, dict) else {}
        code = said.get("code")
        data = said.get("error_data")
        detail = data.get("details") if isinstance(data, dict) else None
        text = str(detail or said.get("message") or f"HTTP {response.status_code}")
        raise WhatsAppError(
            code if isinstance(code, int) else -1,
            text.replace(self._token, "…"),
            response.status_code,
            seconds_of(response.headers.get("retry-after")),
        )

    async def download(self, media: str, largest: int) -> bytes | None:
        """A file that came with a message; None where it is larger. The address is good for minutes."""
        found = await self.get(media)
        url, size = str(found.get("url", "")), found.get("file_size")
        if isinstance(size, int) and size > largest:
            return None
        # The token goes nowhere else.
        if not is_within(url, self._url, lambda asked: (asked.hostname or "").endswith(_MEDIA)):
            raise WhatsAppError(-1, "the file is not at Meta's", 400)
        status, content = await download(self._http, "WhatsApp", url, largest, headers=self._headers)
        if status != 200:
            raise WhatsAppError(-1, "the file can't be had", status)
        return content

    async def aclose(self) -> None:
        await self._http.aclose()
