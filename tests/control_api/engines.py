"""Engines without bots, named by what they do. They read the real deploy branches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from agent_runtime.hive_client import Event, HiveClient
from control_api.engines.protocol import PartHealth, Status, StepFailedError, Watcher
from gitops import layout
from gitops.objects import Objects
from gitops.release import read_release

PAIRING = {"code": "c0de", "links": {"telegram": "https://t.me/x?start=c0de"}}
REPLY = "Hello, I am here."


class FakeRuntime(HiveClient):
    """A runtime that answers every turn with the text it was given, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent.sock"))
        self.drafts: list[dict[str, Any]] = []
        self.waiting_reports: list[dict[str, Any]] = []
        self.acknowledged = 0

    async def chat(
        self, bot: str, *, text: str, sender: str, conversation: str | None = None
    ) -> AsyncIterator[Event]:
        yield Event("delta", {"text": text})
        yield Event(
            "done", {"text": text, "conversation": conversation or "web:c1", "usage": {"tokens_out": 1}}
        )

    async def try_draft(
        self, spec: Any, secrets: Any, messages: Any, bot: str | None = None
    ) -> AsyncIterator[Event]:
        self.drafts.append({"spec": spec, "secrets": secrets, "messages": messages, "bot": bot})
        yield Event("done", {"text": "draft", "conversation": None, "usage": {}})

    async def logs(
        self, bot: str, *, follow: bool = False, level: str | None = None, after: str | None = None
    ) -> AsyncIterator[Event]:
        for number in range(int(after or 0) + 1, 4):
            data = {"at": 1790000000.25, "level": "info", "event": f"line {number}"}
            yield Event("log", data, str(number))
        if follow:
            await asyncio.Event().wait()

    async def access(self, bot: str) -> dict[str, Any]:
        return {"policy": "pairing", "allow": [], "people": [], "requests": [], "pairing": PAIRING}

    async def approve(self, bot: str, params: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def pair(self, bot: str) -> dict[str, Any]:
        return {"pairing": {**PAIRING, "code": "fresh"}}

    async def revoke(self, bot: str, params: dict[str, Any]) -> dict[str, Any]:
        return {}

    async def conversations(self, bot: str, **params: Any) -> dict[str, Any]:
        return {"items": [{"conversation": "c1", "channel": "web", "turns": 1, "last_at": 1790000000.5}]}

    async def conversation(self, bot: str, conversation: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "text": "hi", "at": 1790000000.5}]}

    async def erase_conversation(self, bot: str, conversation: str) -> dict[str, Any]:
        return {"erased": 1 if conversation == "c1" else 0}

    async def reports(self, after: int = 0, limit: int = 500) -> list[dict[str, Any]]:
        return [each for each in self.waiting_reports if each["seq"] > self.acknowledged]

    async def acknowledge_reports(self, upto: int) -> None:
        self.acknowledged = upto


class ObedientEngine:
    """Applies every commit as soon as it hears of it; every bot starts, connects and answers."""

    name = "local"

    def __init__(self, repository: Path) -> None:
        self.inner = FakeRuntime()
        self.probes: list[str] = []
        self.starts: list[str] = []
        self._objects = Objects(repository)
        self._applied: dict[str, str | None] = {}
        self._statuses: dict[str, dict[str, Any]] = {}
        self._commits: Watcher | None = None
        self._bots: Watcher | None = None

    async def watch_commits(self, watcher: Watcher) -> None:
        self._commits = watcher
        for branch, commit in (await self._objects.branches(layout.DEPLOY_PREFIX)).items():
            await self.apply(branch, commit)
        await asyncio.Event().wait()

    async def watch_bots(self, watcher: Watcher) -> None:
        self._bots = watcher
        for status in self._statuses.values():
            await watcher.status(status)
        await watcher.complete()
        await asyncio.Event().wait()

    async def nudge(self, branch: str, commit: str) -> None:
        tip = await self._objects.resolve(branch)
        assert tip is not None
        await self.apply(branch, tip)

    async def apply(self, branch: str, commit: str) -> None:
        """Makes the bots what the commit says and reports it."""
        before = self._applied.get(branch)
        if before == commit:
            return
        self._applied[branch] = commit
        bots = []
        for change in await self._objects.changes(before, commit):
            place = layout.release_place(change.path)
            if isinstance(place, layout.ReleaseFile):
                bots.append(str(place.bot))
                await self._apply(place.bot, change.new_oid)
        if self._commits is not None:
            await self._commits.applied(branch, commit, [], bots)

    async def _apply(self, bot: Any, oid: str | None) -> None:
        if oid is None:
            self._statuses.pop(str(bot), None)
            if self._bots is not None:
                await self._bots.removed(str(bot))
            return
        release = read_release(await self._objects.blob(oid), bot)
        channels = {name: {"state": "connected"} for name in (release.bot.get("channels") or {"web": {}})}
        phase = "paused" if release.bot.get("paused") else "idle"
        await self.report(
            self.changed({"id": str(bot), "revision": oid, "phase": phase, "channels": channels})
        )

    def changed(self, status: dict[str, Any]) -> dict[str, Any]:
        """What a subclass makes of a status."""
        return status

    async def report(self, status: dict[str, Any]) -> None:
        """Says how a bot is."""
        self._statuses[status["id"]] = status
        if self._bots is not None:
            await self._bots.status(status)

    async def start(self, bot: str) -> Status:
        self.starts.append(bot)
        return self._statuses[bot]

    async def probe(self, bot: str) -> str:
        self.probes.append(bot)
        return REPLY

    async def health(self) -> Sequence[PartHealth]:
        return [PartHealth("engine", True)]

    async def aclose(self) -> None:
        await self.inner.aclose()
        await self._objects.aclose()


class TokenRefusedEngine(ObedientEngine):
    """Telegram refuses every token."""

    def changed(self, status: dict[str, Any]) -> dict[str, Any]:
        for name, channel in status["channels"].items():
            if name == "telegram":
                channel |= {
                    "state": "failed",
                    "reason": "the token is refused",
                    "next_step": "Make a new one.",
                }
        return {**status, "phase": "failed", "reason": "telegram: the token is refused"}


class PausedEngine(ObedientEngine):
    """Starts a bot when it may, and not while it is `paused`."""

    def __init__(self, repository: Path) -> None:
        super().__init__(repository)
        self.may_start, self.paused, self.refused = asyncio.Event(), False, 0

    async def start(self, bot: str) -> Status:
        status = await super().start(bot)
        await self.may_start.wait()
        if self.paused:
            self.refused += 1
            raise StepFailedError("it was paused by its owner", "Resume it.")
        return status


class LingeringEngine(ObedientEngine):
    """Keeps every bot until it is told to `let_go`."""

    lingers = True

    async def _apply(self, bot: Any, oid: str | None) -> None:
        if oid is not None or not self.lingers:
            await super()._apply(bot, oid)

    async def let_go(self, bot: str) -> None:
        self.lingers = False
        await super()._apply(bot, None)


class SilentEngine(ObedientEngine):
    """Says nothing of what it is to apply, and applies nothing, until it is told to `speak`."""

    speaks = False

    async def apply(self, branch: str, commit: str) -> None:
        if self.speaks:
            await super().apply(branch, commit)

    async def speak(self) -> None:
        self.speaks = True
        for branch, commit in (await self._objects.branches(layout.DEPLOY_PREFIX)).items():
            await self.apply(branch, commit)


class SpeechlessEngine(ObedientEngine):
    """Bots run and give no answer, until they are `cured`."""

    cured = False

    async def probe(self, bot: str) -> str:
        if self.cured:
            return await super().probe(bot)
        raise StepFailedError("the model refused the key", "Set the secret anew.")
