"""The client of the hive's inner API, for the engine and the control API.

Every call raises `HiveError` for an answer that is a problem, and `HiveAwayError` while nobody serves the
socket. A stream that breaks off raises `HiveAwayError`; asking again is left to the caller, who alone knows
what it has seen.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from agent_runtime.over_socket import over_socket

Json = dict[str, Any]

_LONGEST_TURN = 900.0


class HiveError(Exception):
    """The hive answered with a problem; `problem` is the problem+json document."""

    def __init__(self, problem: Json) -> None:
        self.problem = problem
        self.status = int(problem.get("status", 500))
        super().__init__(str(problem.get("detail") or problem.get("title") or "the hive refused"))


class HiveAwayError(Exception):
    """The hive is not reachable just now; it is restarting, or was never started."""


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event, its data read as JSON."""

    event: str
    data: Json
    id: str = ""


class HiveClient:
    """One pool of connections to `hive.sock`, or to the pod of one bot at a URL.

    Use as an async context manager, or call `aclose`.
    """

    def __init__(self, where: Path | str) -> None:
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=16)
        if isinstance(where, Path):
            transport, url = over_socket(where, limits), "http://hive"
        else:
            transport, url = httpx2.AsyncHTTPTransport(verify=False, trust_env=False, limits=limits), where
        self._http = httpx2.AsyncClient(
            transport=transport, base_url=url, timeout=httpx2.Timeout(30.0), trust_env=False
        )

    async def __aenter__(self) -> HiveClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def healthy(self) -> bool:
        try:
            return (await self._ask("GET", "/healthz")).get("ok") is True
        except (HiveError, HiveAwayError):
            return False

    async def put_bot(self, bot: str, revision: str) -> Json:
        """Register the bot, or replace it by this revision of its folder; its Status."""
        return await self._ask("PUT", f"/bots/{bot}", {"revision": revision})

    async def delete_bot(self, bot: str) -> None:
        await self._ask("DELETE", f"/bots/{bot}")

    async def bots(self) -> dict[str, str]:
        """The revision of every bot that the hive knows."""
        bots: dict[str, str] = (await self._ask("GET", "/bots"))["bots"]
        return bots

    async def vitals(self) -> Json:
        """`{version, awake, wakes: {count, p50_ms, p99_ms}}`: how many have a worker, how long wakes took."""
        return await self._ask("GET", "/vitals", timeout=3.0)

    async def status(self, bot: str) -> Json:
        """Its Status; `memory` of its worker in bytes, `woken_at` and `wake_ms` of the last wake, or null."""
        return await self._ask("GET", f"/bots/{bot}/status")

    async def statuses(self) -> AsyncIterator[Event]:
        """`status` events without end: first one for each bot, then `ready`, then every change.

        A bot that is gone comes as `removed {id}`. Raises HiveAwayError when the hive restarts; what is told
        anew then is the whole again.
        """
        async for event in self._stream("GET", "/status", quiet=60.0):
            yield event
        raise HiveAwayError("the hive restarts")

    async def start(self, bot: str) -> Json:
        """Bring its worker up at the current revision; its Status, or HiveError 409 with the reason."""
        return await self._ask("POST", f"/bots/{bot}/start", timeout=120.0)

    async def probe(self, bot: str) -> Json:
        """A short draft turn of the deployed bot: `{text, usage}`, or HiveError 502."""
        return await self._ask("POST", f"/bots/{bot}/probe", timeout=180.0)

    async def deliver(
        self, bot: str, *, channel: str, platform_id: str, conversation: str, sender: str, payload: Json
    ) -> None:
        """Store one message; returns after the commit. The same platform id again is no second message."""
        body = {"channel": channel, "platform_id": platform_id, "conversation": conversation}
        await self._ask("POST", f"/bots/{bot}/deliver", {**body, "sender": sender, "payload": payload})

    def chat(
        self, bot: str, *, text: str, sender: str, conversation: str | None = None
    ) -> AsyncIterator[Event]:
        """`delta {text}` events, then `done {text, conversation, usage}` or `error {problem}`."""
        body = {"text": text, "sender": sender, "conversation": conversation}
        return self._stream("POST", f"/bots/{bot}/chat", body, quiet=_LONGEST_TURN)

    async def cancel(self, bot: str, conversation: str) -> None:
        await self._ask("POST", f"/bots/{bot}/cancel", {"conversation": conversation})

    def try_draft(
        self,
        spec: Mapping[str, Any],
        secrets: Mapping[str, str],
        messages: Sequence[Json],
        bot: str | None = None,
    ) -> AsyncIterator[Event]:
        """A draft turn of a specification that is not deployed, the same events as `chat`; nothing is kept.

        With `bot`, secrets that are not given are that bot's own.
        """
        body = {"spec": dict(spec), "secrets": dict(secrets), "messages": list(messages), "bot": bot}
        return self._stream("POST", "/try", body, quiet=_LONGEST_TURN)

    async def conversations(self, bot: str, **params: Any) -> Json:
        return await self._ask("GET", f"/bots/{bot}/conversations", params=params)

    async def conversation(self, bot: str, conversation: str) -> Json:
        return await self._ask("GET", f"/bots/{bot}/conversations/{_quote(conversation)}")

    async def erase_conversation(self, bot: str, conversation: str) -> Json:
        return await self._ask("DELETE", f"/bots/{bot}/conversations/{_quote(conversation)}")

    async def access(self, bot: str) -> Json:
        return await self._ask("GET", f"/bots/{bot}/access")

    async def approve(self, bot: str, params: Json) -> Json:
        return await self._ask("POST", f"/bots/{bot}/access", params)

    async def pair(self, bot: str) -> Json:
        """`{pairing}` with a fresh code; the one before is worth nothing."""
        return await self._ask("POST", f"/bots/{bot}/access/code", {})

    async def revoke(self, bot: str, params: Json) -> Json:
        return await self._ask("DELETE", f"/bots/{bot}/access", params)

    def logs(
        self, bot: str, *, follow: bool = False, level: str | None = None, after: str | None = None
    ) -> AsyncIterator[Event]:
        """`log` events with ids, oldest first; `after` is the id of the last one seen."""
        params: dict[str, str] = {"follow": "1"} if follow else {}
        if level:
            params["level"] = level
        return self._stream("GET", f"/bots/{bot}/logs", params=params, after=after, quiet=60.0)

    async def reports(self, after: int = 0, limit: int = 500) -> list[Json]:
        """Reports in order of `seq`, each with an id to count it once by; they stay until acknowledged."""
        answer = await self._ask("GET", "/reports", params={"after": after, "limit": limit})
        reports: list[Json] = answer["reports"]
        return reports

    async def acknowledge_reports(self, upto: int) -> None:
        await self._ask("POST", "/reports/ack", {"upto": upto})

    async def _ask(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: float = 30.0,
    ) -> Json:
        try:
            response = await self._http.request(
                method, path, json=body, params=dict(params or {}), timeout=timeout
            )
        except httpx2.TransportError as error:
            raise HiveAwayError(f"the hive is not reachable: {error or type(error).__name__}") from error
        if response.is_error:
            raise HiveError(_problem(response.status_code, response.content))
        return dict(response.json()) if response.content else {}

    async def _stream(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        params: Mapping[str, Any] | None = None,
        after: str | None = None,
        quiet: float = 60.0,
    ) -> AsyncIterator[Event]:
        headers = {"Last-Event-ID": after} if after else {}
        try:
            async with self._http.stream(
                method, path, json=body, params=dict(params or {}), headers=headers, timeout=quiet
            ) as response:
                if response.is_error:
                    raise HiveError(_problem(response.status_code, await response.aread()))
                async for event in httpx2.EventSource(response):
                    yield Event(event.event, json.loads(event.data), event.id)
        except httpx2.TransportError as error:
            raise HiveAwayError(f"the hive is not reachable: {error or type(error).__name__}") from error


def _problem(status: int, content: bytes) -> Json:
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        return {"type": "about:blank", "title": "The hive refused", "status": status}
    return {"status": status, **problem}


def _quote(part: str) -> str:
    return quote(part, safe="")
