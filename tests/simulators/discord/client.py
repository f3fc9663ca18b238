"""A test's hand on the simulator: people who write and use commands, and what they read."""

from __future__ import annotations

from typing import Any

import httpx2

Json = dict[str, Any]


class Discord:
    """Speaks `/_sim/` of a simulator at `url`; `control.py` says more. `bot` is a token, an id or a name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api_url = f"{url}/api/v10"
        # Plain HTTP: certificates to verify with would take 20 ms to load, in every test.
        self._http = httpx2.AsyncClient(base_url=f"{url}/_sim", verify=False, timeout=60, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _post(self, path: str, body: Json, method: str = "POST") -> Json:
        response = await self._http.request(method, path, json=body)
        response.raise_for_status()
        return dict(response.json())

    async def _get(self, path: str, **query: Any) -> Any:
        response = await self._http.get(path, params={k: v for k, v in query.items() if v is not None})
        response.raise_for_status()
        return response.json()

    async def create_bot(self, username: str | None = None, **more: Any) -> Json:
        """`{token, id, username, public_key}`."""
        return await self._post("/bots", {"username": username, **more})

    async def reset(self, bot: str) -> str:
        return str((await self._post(f"/bots/{bot}/reset", {}))["token"])

    async def intent(self, bot: str, *, message_content: bool) -> None:
        await self._post(f"/bots/{bot}/intent", {"message_content": message_content})

    async def guild(self, *bots: str, name: str = "Server") -> Json:
        """A server with these bots: `{id, channel}`."""
        return await self._post("/guilds", {"bots": list(bots), "name": name})

    async def channel(self, guild: str, name: str = "more") -> str:
        return str((await self._post("/channels", {"guild": guild, "name": name}))["id"])

    async def thread(self, parent: str, name: str = "thread") -> str:
        return str((await self._post("/channels", {"parent": parent, "name": name}))["id"])

    async def deny(self, bot: str, channel: str, *permissions: str) -> None:
        await self._post(f"/channels/{channel}/deny", {"bot": bot, "permissions": list(permissions)})

    async def close_to(self, bot: str, user: int) -> None:
        await self._post(f"/bots/{bot}/close", {"user": user})

    async def say(self, bot: str, user: int, text: str, **more: Any) -> Json:
        """A person writes to the bot in private, or in `channel`; the message."""
        return await self._post("/say", {"bot": bot, "user": user, "text": text, **more})

    async def edit(self, message: str, text: str) -> Json:
        return await self._post(f"/messages/{message}", {"text": text}, "PATCH")

    async def delete(self, message: str) -> Json:
        return await self._post(f"/messages/{message}", {}, "DELETE")

    async def file(self, name: str, content: bytes, kind: str) -> Json:
        """A file to hand to `say` in `files`."""
        response = await self._http.post(
            "/files", params={"name": name}, content=content, headers={"content-type": kind}
        )
        response.raise_for_status()
        return dict(response.json())

    async def set_commands(self, bot: str, *names: str) -> None:
        """As if the bot had registered them."""
        await self._post(f"/bots/{bot}/commands", {"names": list(names)})

    async def interact(
        self, bot: str, user: int, command: str, channel: str | None = None, **options: str
    ) -> Json:
        """A person uses a slash command: `{id, token, channel}`."""
        place = {"channel": channel} if channel else {}
        body = {"user": user, "command": command, "options": options, **place}
        return await self._post(f"/bots/{bot}/interact", body)

    async def interactions(self, bot: str, count: int = 0, timeout: float = 10) -> list[Json]:
        return list(await self._get(f"/bots/{bot}/interactions", count=count, timeout=timeout))

    async def sent(
        self, bot: str, channel: str | None = None, count: int = 0, timeout: float = 10
    ) -> list[Json]:
        """What the bot sent, as it reads now; waits until `count` have content or the time is over."""
        return list(await self._get(f"/bots/{bot}/sent", channel=channel, count=count, timeout=timeout))

    async def typing(self, bot: str, count: int = 0, timeout: float = 10) -> list[Json]:
        return list(await self._get(f"/bots/{bot}/typing", count=count, timeout=timeout))

    async def commands(self, bot: str, count: int = 0, timeout: float = 10) -> list[Json]:
        return list(await self._get(f"/bots/{bot}/commands", count=count, timeout=timeout))

    async def calls(
        self, bot: str, route: str | None = None, count: int = 0, timeout: float = 10
    ) -> list[Json]:
        return list(await self._get(f"/bots/{bot}/calls", route=route, count=count, timeout=timeout))

    async def fault(self, bot: str, route: str, kind: str, **more: Any) -> None:
        await self._post(f"/bots/{bot}/faults", {"route": route, "kind": kind, **more})

    async def gateway(self, bot: str, count: int = 0, timeout: float = 10) -> Json:
        """`{starts, sessions}`; waits until `count` of them are connected."""
        return dict(await self._get(f"/bots/{bot}/gateway", count=count, timeout=timeout))

    async def do(self, bot: str, action: str, **more: Any) -> Json:
        """Something happens to the bot's sessions: `close`, `reconnect`, `invalidate`, `silence`, …"""
        return await self._post(f"/bots/{bot}/gateway", {"action": action, **more})

    async def settings(self, **settings: Any) -> Json:
        """Change what is given; `{invalid, banned}`."""
        return await self._post("/settings", settings)
