"""The inner API of bots that run in pods: each call goes to the pod of the bot that it is for."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx2
from lightkube import AsyncClient

from agent_runtime.hive_client import Event, HiveAwayError, HiveClient, HiveError, Json
from control_api.engines.kubernetes import facts
from control_api.engines.kubernetes.api import BOT_LABELS, Pod, away
from control_api.engines.kubernetes.reports import ReportTable
from control_api.engines.protocol import EngineAwayError

_SECONDS = 30.0
_TAIL = 500
_LEVELS = ("debug", "info", "warning", "error", "critical")


class PodsClient(HiveClient):
    """Finds the newest ready pod of a bot at each call; whoever leads and whoever does not can use it.

    Turns of specifications that are not deployed go to the runtime at `drafts_url`, if there is one.
    """

    def __init__(self, client: AsyncClient, reports: ReportTable, drafts_url: str) -> None:
        self._client = client
        self._reports = reports
        self._drafts_url = drafts_url
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=100)
        self._http = httpx2.AsyncClient(timeout=httpx2.Timeout(_SECONDS), trust_env=False, limits=limits)

    async def look(self, bot: str, address: str) -> Json:
        """The Status that the runtime in this pod gives of the bot."""
        try:
            return await super()._ask("GET", f"http://{address}/bots/{bot}/status", timeout=5.0)
        except ValueError as error:
            raise HiveAwayError("it does not speak the inner API") from error

    async def healthy(self) -> bool:
        return True

    async def vitals(self) -> Json:
        raise HiveAwayError("pods have no vitals in common")

    async def reports(self, after: int = 0, limit: int = 500) -> list[Json]:
        return await self._reports.read(limit)

    async def acknowledge_reports(self, upto: int) -> None:
        await self._reports.acknowledge(upto)

    async def try_draft(
        self,
        spec: Mapping[str, Any],
        secrets: Mapping[str, str],
        messages: Sequence[Json],
        bot: str | None = None,
    ) -> AsyncIterator[Event]:
        base = f"http://{(await self._pod(bot))[1]}" if bot is not None else self._drafts_url
        if not base:
            raise HiveError(_NO_DRAFTS)
        body = {"spec": dict(spec), "secrets": dict(secrets), "messages": list(messages), "bot": bot}
        async for event in super()._stream("POST", f"{base}/try", body, quiet=900.0):
            yield event

    async def logs(
        self, bot: str, *, follow: bool = False, level: str | None = None, after: str | None = None
    ) -> AsyncIterator[Event]:
        try:
            await self._pod(bot)
        except HiveAwayError:
            # What a runtime wrote that does not come up, the cluster has kept.
            async for event in self._kept_log(bot, follow=follow, level=level, after=after):
                yield event
            return
        async for event in super().logs(bot, follow=follow, level=level, after=after):
            yield event

    async def _ask(self, method: str, path: str, *rest: Any, **more: Any) -> Json:
        return await super()._ask(method, await self._url(path), *rest, **more)

    async def _stream(self, method: str, path: str, *rest: Any, **more: Any) -> AsyncIterator[Event]:
        async for event in super()._stream(method, await self._url(path), *rest, **more):
            yield event

    async def _url(self, path: str) -> str:
        _, _, bot, *_ = path.split("/")
        _, address = await self._pod(bot)
        return f"http://{address}{path}"

    async def _pod(self, bot: str) -> tuple[str, str]:
        """Name and address of the newest ready pod; HiveAwayError if none is ready."""
        ready = [each for each in await self._pods(bot) if each.ready and not each.ending and each.address]
        if not ready:
            raise HiveAwayError(f"no pod of {bot} is ready")
        newest = max(ready, key=lambda each: each.made_at)
        return newest.name, str(newest.address)

    async def _pods(self, bot: str) -> list[facts.Runs]:
        owner, _, name = bot.partition(".")
        labels: dict[str, Any] = {**BOT_LABELS, "app.kubernetes.io/instance": name}
        try:
            with away():
                found = self._client.list(Pod, namespace=f"user-{owner}", labels=labels)
                return [facts.runs(each) async for each in found]
        except EngineAwayError as error:
            raise HiveAwayError(str(error)) from error

    async def _kept_log(
        self, bot: str, *, follow: bool, level: str | None, after: str | None
    ) -> AsyncIterator[Event]:
        pods = sorted(await self._pods(bot), key=lambda each: each.made_at)
        if not pods:
            return
        lowest, seen = _rank(level), int(after) if after and after.isdigit() else 0
        lines = self._client.log(
            pods[-1].name,
            namespace=f"user-{bot.partition('.')[0]}",
            follow=follow,
            tail_lines=_TAIL,
            timestamps=True,
            newlines=False,
        )
        try:
            with away():
                async for line in lines:
                    event = _log_event(line)
                    if (
                        event is not None
                        and int(event.id) > seen
                        and _rank(event.data.get("level")) >= lowest
                    ):
                        yield event
        except EngineAwayError as error:
            raise HiveAwayError(str(error)) from error


def _log_event(line: str) -> Event | None:
    """A line with the cluster's time before it, as the event that the bot's own log would have made of it."""
    stamp, _, said = line.partition(" ")
    try:
        # The cluster counts nanoseconds, Python microseconds.
        at = datetime.fromisoformat(f"{stamp[:19]}.{(stamp[20:-1] + '000000')[:6]}+00:00").timestamp()
    except ValueError:
        return None
    try:
        record = json.loads(said)
    except ValueError:
        record = None
    data = record if isinstance(record, dict) else {"level": "info", "event": said}
    return Event("log", {**data, "at": at}, str(round(at * 1_000_000)))


def _rank(level: object) -> int:
    return _LEVELS.index(level) if level in _LEVELS else 1


_NO_DRAFTS: Json = {
    "type": "about:blank",
    "title": "There is no runtime to try this in",
    "status": 503,
    "detail": "What is not deployed is tried in a runtime of its own, and this cluster has none.",
    "next_step": "An operator sets BOTYARD_DRAFTS_URL to one; or deploy the bot and chat with it.",
}
