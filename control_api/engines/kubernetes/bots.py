"""Every bot as the cluster has it: watched, looked into where it is ready, told to whoever watches us."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

import structlog
from lightkube import ApiError, AsyncClient

from control_api.engines.kubernetes import facts
from control_api.engines.kubernetes.api import (
    BOT_LABELS,
    Deployment,
    HelmRelease,
    Pod,
    away,
    name_of,
    request,
)
from control_api.engines.kubernetes.condition import Phase, Seen, held_up, phase
from control_api.engines.kubernetes.grants import Grants
from control_api.engines.kubernetes.looks import Looks
from control_api.engines.kubernetes.revisions import Revisions
from control_api.engines.kubernetes.stuck import Stuck
from control_api.engines.kubernetes.watch import Object, Watch, together
from control_api.engines.protocol import EngineAwayError, Status, Watcher

log = structlog.get_logger()

_AT_A_TIME = 10
_NOTHING = Seen()


class Bots:
    """The facts of all bots, and what was last told of each."""

    def __init__(self, client: AsyncClient, revisions: Revisions, looks: Looks, grants: Grants) -> None:
        self._client = client
        self._revisions = revisions
        self._looks = looks
        self._grants = grants
        self._stuck = Stuck(client)
        self._seen: dict[str, Seen] = {}
        self._refused: dict[str, Mapping[str, str]] = {}
        self._told: dict[str, bytes] = {}
        self._dirty: set[str] = set()
        self._strayed: set[str] = set()
        self._drifts: list[tuple[str, str]] = []
        self._awake = asyncio.Event()
        self._waiting: dict[str, asyncio.Event] = {}
        self._watcher: Watcher | None = None

    def status(self, bot: str) -> Status | None:
        """What was last told of the bot; EngineAwayError while the bots are not watched."""
        if self._watcher is None:
            raise EngineAwayError("the cluster's bots are being listed")
        told = self._told.get(bot)
        return None if told is None else json.loads(told)

    async def stirred(self, bot: str, seconds: float) -> None:
        """Waits until something of the bot is told, or for so long."""
        event = self._waiting.setdefault(bot, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            self._waiting.pop(bot, None)

    async def watch(self, watcher: Watcher) -> None:
        """Tells how each bot is, that these were all, and every change; ends in EngineAwayError."""
        self._seen.clear()
        self._told.clear()
        watches: list[tuple[Watch, Callable[[Object, bool], None]]] = [
            (Watch(self._client, HelmRelease), self._take_release),
            (Watch(self._client, Deployment, labels=BOT_LABELS), self._take_deployed),
            (Watch(self._client, Pod, labels=BOT_LABELS), self._take_pod),
        ]
        for watch, take in watches:
            async for each in watch.all():
                take(each, True)
        self._watcher = watcher
        try:
            await self.tell(list(self._seen))
            await watcher.complete()
            following = (_follow(watch, take) for watch, take in watches)
            await together(
                *following,
                self._tell_changes(watcher),
                self._looks.run(self._stir),
                self._stuck.run(self._stir),
                self._grants.run(),
                self._sweep(),
            )
        finally:
            self._watcher = None

    async def refresh(self, bots: Collection[str]) -> None:
        """Reads the releases of these bots anew, so that nothing older of them is told from now on."""
        if self._watcher is None:
            return
        owned: dict[str, list[str]] = {}
        for bot in bots:
            owned.setdefault(bot.partition(".")[0], []).append(bot)
        width = asyncio.Semaphore(_AT_A_TIME)
        await asyncio.gather(*(self._read_releases(owner, each, width) for owner, each in owned.items()))

    async def tell(self, bots: Collection[str]) -> None:
        """Tells how these bots are, where that is something new."""
        for bot in bots:
            await self._tell(bot)

    async def refuse(self, branch: str, reasons: Mapping[str, str]) -> None:
        """For which reasons the cluster does not take the newest releases of a branch, by bot."""
        before = self._refused.get(branch, {})
        self._refused[branch] = reasons
        await self.tell({*before, *reasons})

    async def _read_releases(self, owner: str, bots: Collection[str], width: asyncio.Semaphore) -> None:
        """Reads an owner's releases: one by its name, of several all that the owner has, in one go."""
        namespace, missing = f"user-{owner}", set(bots)
        async with width:
            if len(bots) > 1:
                async for each in Watch(self._client, HelmRelease, namespace=namespace).all():
                    self._take_release(each, True)
                    missing.discard(facts.bot_of(each) or "")
            else:
                [bot] = bots
                try:
                    with away():
                        found = await self._client.get(
                            HelmRelease, bot.partition(".")[2], namespace=namespace
                        )
                except EngineAwayError as error:
                    if not _is_missing(error):
                        raise
                else:
                    self._take_release(found, True)
                    missing.discard(bot)
        for bot in missing:
            self._put(bot, replace(self._seen.get(bot, _NOTHING), release=None))

    async def _tell_changes(self, watcher: Watcher) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            dirty, self._dirty = self._dirty, set()
            await self.tell(dirty)
            while self._drifts:
                await watcher.drifted(*self._drifts.pop())
            while self._strayed:
                await self._put_back(self._strayed.pop())

    async def _tell(self, bot: str) -> None:
        if self._watcher is None:
            return
        seen = self._seen.get(bot)
        if seen is None:
            self._looks.forget(bot)
            self._stuck.forget(bot)
            if self._told.pop(bot, None) is not None:
                await self._watcher.removed(bot)
                # A release may vanish by mistake, and comes back. What was deleted on `main` has no revision.
                if self._revisions.of(bot) is None:
                    self._grants.take(bot)
        else:
            status = self._status(bot, seen)
            told = json.dumps(status, separators=(",", ":")).encode()
            if told != self._told.get(bot):
                self._told[bot] = told
                await self._watcher.status(status)
        if (event := self._waiting.pop(bot, None)) is not None:
            event.set()

    def _status(self, bot: str, seen: Seen) -> dict[str, Any]:
        found = self._hold_up(bot, seen, phase(seen))
        status: dict[str, Any] = {"id": bot, "revision": self._revisions.of(bot)}
        looked = self._look(bot, seen, found)
        if looked is not None:
            status["channels"] = looked.get("channels") or {}
            # A pod that sleeps between messages is a pod all the same.
            name = "live" if looked.get("phase") == "idle" else str(looked.get("phase"))
            found = Phase(name, looked.get("reason"), looked.get("next_step"))
        reason = next((each[bot] for each in self._refused.values() if bot in each), None)
        if reason is not None and found.name in {"live", "deploying"}:
            found = Phase("degraded", f"the cluster refuses its newest release: {reason}", _REFUSED)
        worker = "ready" if any(each.ready for each in seen.pods) else "none"
        said = {"phase": found.name, "reason": found.reason, "next_step": found.next_step}
        return {**status, **said, "worker": worker}

    def _hold_up(self, bot: str, seen: Seen, found: Phase) -> Phase:
        """The phase, with what the events of a pod say that waits to start."""
        pod = next((each for each in seen.fresh if each.waits), None)
        if found.name != "deploying" or pod is None:
            self._stuck.forget(bot)
            return found
        self._stuck.want(bot, pod.name)
        return held_up(trouble) if (trouble := self._stuck.of(bot)) is not None else found

    def _look(self, bot: str, seen: Seen, found: Phase) -> dict[str, Any] | None:
        """What the bot's pod says of itself; None if it is not ready, or not asked yet."""
        address = next((each.address for each in seen.fresh if each.ready and each.address), None)
        if found.name != "live" or address is None:
            self._looks.forget(bot)
            return None
        self._looks.want(bot, address)
        return self._looks.of(bot)

    async def _sweep(self) -> None:
        """Takes back what those bots had that were deleted while nobody watched.

        A fleet that knows none of them is more likely another one than one of which all was deleted.
        """
        kept = await self._grants.kept()
        gone = [bot for bot in kept if bot not in self._seen and not await self._revisions.is_wanted(bot)]
        if gone and len(gone) == len(kept):
            log.warning("kept_bots_unknown", bots=len(gone))
            return
        for bot in gone:
            self._grants.take(bot)

    async def _put_back(self, bot: str) -> None:
        """Flux looks once an hour for what was changed past it; it is asked to look at this bot now."""
        owner, _, name = bot.partition(".")
        with away():
            await request(self._client, HelmRelease, name, f"user-{owner}")

    def _take_release(self, found: Object, there: bool) -> None:
        if (bot := facts.bot_of(found)) is None:
            return
        seen, fact = self._seen.get(bot, _NOTHING), facts.release(found)
        # What was read on purpose may be newer than what the watch is just telling.
        if there and fact.drift and (seen.release is None or seen.release.drift != fact.drift):
            self._drifts.append((bot, fact.drift))
        if seen.release is None and there:
            self._grants.give(bot, soon=self._watcher is not None)
        if seen.release is None or fact.version >= seen.release.version:
            self._put(bot, replace(seen, release=fact if there else None))

    def _take_deployed(self, found: Object, there: bool) -> None:
        if (bot := facts.bot_of(found)) is not None:
            seen, fact = self._seen.get(bot, _NOTHING), facts.deployed(found) if there else None
            if _has_strayed(seen, fact):
                self._strayed.add(bot)
            self._put(bot, replace(seen, deployed=fact))

    def _take_pod(self, found: Object, there: bool) -> None:
        if (bot := facts.bot_of_pod(found)) is None:
            return
        seen, (_, name) = self._seen.get(bot, _NOTHING), name_of(found)
        others = tuple(each for each in seen.pods if each.name != name)
        self._put(bot, replace(seen, pods=(*others, facts.runs(found)) if there else others))

    def _put(self, bot: str, seen: Seen) -> None:
        if seen.is_gone:
            self._seen.pop(bot, None)
        else:
            self._seen[bot] = seen
        self._stir(bot)

    def _stir(self, bot: str) -> None:
        self._dirty.add(bot)
        self._awake.set()


_REFUSED = "What ran before runs on. Change the bot again; what was written past Botyard is then put right."


async def _follow(watch: Watch, take: Callable[[Object, bool], None]) -> None:
    async for found, there in watch.changes():
        take(found, there)


def _has_strayed(seen: Seen, fact: facts.Deployed | None) -> bool:
    """Whether a Deployment that was as its release says has become another, and the release has not."""
    before, release = seen.deployed, seen.release
    if before is None or release is None or release.deleting or not release.ready:
        return False
    return before.content == release.content and (
        fact is None or fact.shape != before.shape or fact.content != before.content
    )


def _is_missing(error: EngineAwayError) -> bool:
    cause = error.__cause__
    return isinstance(cause, ApiError) and cause.status.code == 404
