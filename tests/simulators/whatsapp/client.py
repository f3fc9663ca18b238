"""A test's hand on the simulator: people who write, and what they read."""

from __future__ import annotations

import json
from typing import Any

import httpx2


class WhatsApp:
    """Speaks `/_sim/` of a simulator at `url`. `number` is a phone number's id."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = f"{url}/v24.0"
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

    async def create_number(self, beside: str | None = None) -> dict[str, Any]:
        """`{id, display, token, secret}`."""
        return await self._post("/numbers", {"beside": beside})

    async def settings(self, **settings: Any) -> None:
        await self._post("/settings", settings)

    async def say(self, number: str, person: str, text: str, **more: Any) -> str:
        """A person writes; the message's id."""
        return str(
            (await self._post(f"/numbers/{number}/say", {"person": person, "text": text, **more}))["id"]
        )

    async def send_file(
        self, number: str, person: str, name: str, content: bytes, caption: str = "", kind: str = "document"
    ) -> str:
        response = await self._http.post(f"/numbers/{number}/media", content=content)
        response.raise_for_status()
        file = {"id": response.json()["id"], **({"filename": name} if kind == "document" else {})}
        if caption:
            file["caption"] = caption
        return await self.say(number, person, "", content={"type": kind, kind: file})

    async def notify(self, number: str, value: dict[str, Any]) -> None:
        await self._post(f"/numbers/{number}/notify", {"value": value})

    async def silent(self, number: str, person: str, seconds: float) -> None:
        await self._post(f"/numbers/{number}/silent", {"person": person, "seconds": seconds})

    async def sent(
        self, number: str, person: str | None = None, count: int = 0, timeout: float = 10
    ) -> list[dict[str, Any]]:
        return await self._get(f"/numbers/{number}/sent", person=person, count=count, timeout=timeout)

    async def calls(self, number: str, count: int = 0) -> list[dict[str, Any]]:
        return await self._get(f"/numbers/{number}/calls", count=count)

    async def deliveries(self, number: str) -> list[dict[str, Any]]:
        return await self._get(f"/numbers/{number}/deliveries")

    async def fault(self, number: str, path: str, kind: str, **more: Any) -> None:
        await self._post(f"/numbers/{number}/faults", {"path": path, "kind": kind, **more})

    async def expire(self, number: str) -> None:
        await self._post(f"/numbers/{number}/expire", {})
