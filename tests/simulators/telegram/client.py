"""A test's hand on the simulator: people who write, and what they read."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import httpx2


class Telegram:
    """Speaks `/_sim/` of a simulator at `url`. `bot` is a token, a username or an id, as text."""

    def __init__(self, url: str) -> None:
        self.url = url
        # Plain HTTP: certificates to verify with would take 20 ms to load, in every test.
        self._http = httpx2.AsyncClient(base_url=f"{url}/_sim", verify=False, timeout=60, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._http.post(path, json=body)
        response.raise_for_status()
        return dict(response.json())

    async def _get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        response = await self._http.get(path, params={k: v for k, v in query.items() if v is not None})
        response.raise_for_status()
        return list(response.json())

    async def create_bot(
        self,
        username: str | None = None,
        *,
        privacy: bool = True,
        can_manage_bots: bool = False,
        picture: bytes = b"",
    ) -> dict[str, Any]:
        """`{token, id, username}`."""
        body: dict[str, Any] = {"privacy": privacy, "can_manage_bots": can_manage_bots}
        body |= {"picture": b64encode(picture).decode(), **({"username": username} if username else {})}
        return await self._post("/bots", body)

    async def make_managed(self, manager: str, user: int, name: str, username: str) -> dict[str, Any]:
        """A person taps the manager's button and names a bot; returns `{id, username}`."""
        return await self._post(
            f"/bots/{manager}/managed", {"user": user, "name": name, "username": username}
        )

    async def revoke(self, bot: str) -> str:
        return str((await self._post(f"/bots/{bot}/revoke", {}))["token"])

    async def say(self, bot: str, user: int, text: str, **more: Any) -> dict[str, Any]:
        """A person writes; returns `{update_id, message}`."""
        return await self._post(f"/bots/{bot}/say", {"user": user, "text": text, **more})

    async def send_file(self, bot: str, user: int, name: str, content: bytes, **more: Any) -> dict[str, Any]:
        """A person sends a file, with a `caption` if one is given; returns `{update_id, message}`.

        `kind` is `document`, `photo` or `voice`.
        """
        query = {"name": name, "as": more.pop("kind", "document")}
        response = await self._http.post(f"/bots/{bot}/files", params=query, content=content)
        response.raise_for_status()
        caption = {"caption": more.pop("caption")} if "caption" in more else {}
        return await self.say(bot, user, "", content={**response.json(), **caption}, **more)

    async def update(self, bot: str, update: dict[str, Any]) -> dict[str, Any]:
        return await self._post(f"/bots/{bot}/update", update)

    async def sent(
        self, bot: str, chat: int | None = None, count: int = 0, timeout: float = 10
    ) -> list[dict[str, Any]]:
        """What the bot sent so far; waits until there are `count` of them or the time is over."""
        return await self._get(f"/bots/{bot}/sent", chat=chat, count=count, timeout=timeout)

    async def delete(self, bot: str, chat: int, message: int) -> None:
        """Somebody deletes a message of the bot."""
        await self._post(f"/bots/{bot}/delete", {"chat": chat, "message": message})

    async def actions(self, bot: str, count: int = 0, timeout: float = 10) -> list[dict[str, Any]]:
        return await self._get(f"/bots/{bot}/actions", count=count, timeout=timeout)

    async def calls(
        self, bot: str, method: str | None = None, count: int = 0, timeout: float = 10
    ) -> list[dict[str, Any]]:
        return await self._get(f"/bots/{bot}/calls", method=method, count=count, timeout=timeout)

    async def pending(self, bot: str) -> list[dict[str, Any]]:
        return await self._get(f"/bots/{bot}/pending")

    async def deliveries(self, bot: str, count: int = 0, timeout: float = 10) -> list[dict[str, Any]]:
        return await self._get(f"/bots/{bot}/deliveries", count=count, timeout=timeout)

    async def allow_loopback_webhooks(self, first_wait: float = 0.05) -> None:
        """Real Telegram sends to https alone; this one sends to http on this machine too, and soon again."""
        await self._post("/webhooks", {"loopback": True, "first_wait": first_wait})

    async def fault(self, bot: str, method: str, kind: str, **more: Any) -> None:
        await self._post(f"/bots/{bot}/faults", {"method": method, "kind": kind, **more})

    async def lose_answers(self, bot: str, every: int) -> None:
        """Of so many answers of the bot's webhook one is lost, and what it took is sent again; 0: none."""
        await self._post(f"/bots/{bot}/lost", {"every": every})

    async def block(self, bot: str, user: int) -> None:
        await self._post(f"/bots/{bot}/block", {"user": user})

    async def rates(self, bot: str, **rates: float) -> None:
        await self._post(f"/bots/{bot}/rates", dict(rates))

    async def group(self, group_id: int, title: str = "Group", **more: Any) -> dict[str, Any]:
        return await self._post("/groups", {"id": group_id, "title": title, **more})
