"""A test's hand on the simulator: people who write, and what they read."""

from __future__ import annotations

import json
from typing import Any

import httpx2


class Slack:
    """Speaks `/_sim/` of a simulator at `url`. `app` is a token."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = f"{url}/api"
        # Plain HTTP: certificates to verify with would take 20 ms to load, in every test.
        self._http = httpx2.AsyncClient(base_url=f"{url}/_sim", verify=False, timeout=60, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        # Written so that half a surrogate pair gets through, as broken clients send it.
        response = await self._http.post(path, content=json.dumps(body))
        response.raise_for_status()
        return dict(response.json())

    async def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        response = await self._http.get(path, params={k: v for k, v in query.items() if v is not None})
        response.raise_for_status()
        return list(response.json())

    async def create_app(self, *, reads_users: bool = True) -> dict[str, Any]:
        """`{token, signing_secret, user, bot}`."""
        return await self._post("/apps", {"reads_users": reads_users})

    async def settings(self, **settings: Any) -> None:
        await self._post("/settings", settings)

    async def channel(self, channel: str, members: list[str], **more: Any) -> None:
        await self._post("/channels", {"id": channel, "members": members, **more})

    async def request_url(self, app: str, url: str) -> str | None:
        """What the app's owner sets on its page; why Slack does not take it, if it does not."""
        error = (await self._post(f"/apps/{app}/request-url", {"url": url}))["error"]
        return None if error is None else str(error)

    async def say(self, app: str, user: str, text: str, **more: Any) -> dict[str, Any]:
        """A person writes; `{ts, channel, events}`."""
        return await self._post(f"/apps/{app}/say", {"user": user, "text": text, **more})

    async def send_file(self, app: str, user: str, name: str, content: bytes, text: str = "") -> None:
        await self.send_files(app, user, {name: content}, text)

    async def send_files(self, app: str, user: str, contents: dict[str, bytes], text: str = "") -> None:
        """All with one message."""
        files = []
        for name, content in contents.items():
            response = await self._http.post(f"/apps/{app}/file", params={"name": name}, content=content)
            response.raise_for_status()
            files.append(response.json())
        await self.say(app, user, text, files=files)

    async def event(self, app: str, event: dict[str, Any], event_id: str | None = None) -> None:
        await self._post(f"/apps/{app}/event", {"event": event, "event_id": event_id})

    async def sent(
        self, app: str, channel: str | None = None, count: int = 0, timeout: float = 10
    ) -> list[dict[str, Any]]:
        return await self._get(f"/apps/{app}/sent", channel=channel, count=count, timeout=timeout)

    async def calls(self, app: str, method: str | None = None, count: int = 0) -> list[dict[str, Any]]:
        return await self._get(f"/apps/{app}/calls", method=method, count=count)

    async def deliveries(self, app: str) -> list[dict[str, Any]]:
        return await self._get(f"/apps/{app}/deliveries")

    async def fault(self, app: str, method: str, kind: str, **more: Any) -> None:
        await self._post(f"/apps/{app}/faults", {"method": method, "kind": kind, **more})

    async def revoke(self, app: str) -> None:
        await self._post(f"/apps/{app}/revoke", {})
