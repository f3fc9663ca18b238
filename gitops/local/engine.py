"""Reconciles: read the deploy branches, compare what they want with what is applied, act on the difference.

A change costs its shard's diff. Bots are applied side by side, and one that is refused holds up no other.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import structlog

from agent_runtime.failpoints import failpoint
from agent_runtime.hive_client import HiveAwayError, HiveError
from agent_runtime.home import Home
from agent_runtime.spec import BotId
from gitops.errors import FleetError, GitError
from gitops.layout import DEPLOY_PREFIX
from gitops.local.desired import Desired, read_desired, touched
from gitops.local.feed import Event, Feed
from gitops.local.hive import Hive
from gitops.local.materialise import OutsideError, materialise, remove_others
from gitops.local.settings import EngineSettings
from gitops.local.state import Outcome, State
from gitops.objects import Objects

log = structlog.get_logger()

BRANCHES = f"{DEPLOY_PREFIX}local/"
_TRIES = (0.2, 1.0, 3.0)  # waits before a bot that the hive could not take is tried again
_AGAIN_EVERY = 15.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0


class Engine:
    """Runs until cancelled; `nudge` has it look at once."""

    def __init__(self, settings: EngineSettings, hive: Hive) -> None:
        self._settings = settings
        self._home: Home = settings.places
        self._hive = hive
        self._objects = Objects(self._home.fleet)
        self._state = State(self._home.engine_state)
        self._nudged = asyncio.Event()
        self._compare_at = 0.0
        self._again_at = 0.0
        self.feed = Feed(self._snapshot)

    def nudge(self) -> None:
        """Something may have been pushed."""
        self._nudged.set()

    async def run(self) -> None:
        """Look, act, wait for a nudge or the next look; a failure is logged and tried again with a pause."""
        wait = _FIRST_WAIT
        while True:
            self._nudged.clear()
            try:
                await self.once()
                wait = _FIRST_WAIT
                pause, patience = self._nudged.wait(), self._settings.engine_poll_seconds
            except Exception as error:
                if not isinstance(error, (HiveAwayError, HiveError, FleetError, OSError)):
                    log.exception("engine_failed")
                log.warning("engine_waits", reason=str(error), again_in_s=wait)
                pause, patience = asyncio.Event().wait(), wait
                wait = min(wait * 2, _LONGEST_WAIT)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pause, patience)

    async def once(self) -> None:
        """One round: every branch that moved, what should be tried again, and now and then a comparison."""
        tips = await self._objects.branches(BRANCHES)
        applied = self._state.tips()
        for branch in applied.keys() - tips.keys():
            log.error("deploy_branch_missing", branch=branch, kept=len(self._state.bots(branch)))
        for branch, tip in tips.items():
            if applied.get(branch) != tip:
                await self._apply_branch(branch, applied.get(branch), tip)
        now = time.monotonic()
        if now >= self._again_at:
            await self._try_again(tips, everything=self._again_at == 0)
            self._again_at = time.monotonic() + _AGAIN_EVERY
        if now >= self._compare_at:
            await self._compare(tips)
            self._compare_at = time.monotonic() + self._settings.engine_compare_seconds

    async def aclose(self) -> None:
        self.feed.close()
        await self._objects.aclose()
        self._state.close()

    async def _apply_branch(self, branch: str, old: str | None, tip: str) -> None:
        failpoint("engine.seen")
        started = time.monotonic()
        if old is not None and await self._objects.resolve(old) is None:
            old = None  # the history was rewritten: walk all of it
        bots: Iterable[BotId] = touched(await self._objects.changes(old, tip))
        if old is None:
            known = (BotId.parse(bot) for bot in self._state.bots(branch))
            bots = dict.fromkeys(chain(bots, known))
        outcomes = await self._apply(branch, tip, bots)
        commits = await self._commits(old, tip)
        self._state.settle(outcomes, branch, tip)
        failpoint("engine.settled")
        self._tell(branch, tip, commits, outcomes)
        log.info(
            "branch_applied",
            branch=branch,
            commit=tip,
            bots=len(outcomes),
            refused=sum(outcome.reason is not None for outcome in outcomes),
            seconds=round(time.monotonic() - started, 3),
        )

    async def _commits(self, old: str | None, tip: str) -> list[str]:
        """The commits that were not applied before; the newest alone where the old tip is unknown."""
        if old is None:
            return [tip]
        try:
            return await self._objects.commits(old, tip)
        except GitError:
            return [tip]  # the old one was collected as garbage, though an open pack still showed it

    async def _apply(self, branch: str, tip: str, bots: Iterable[BotId]) -> list[Outcome]:
        """Apply bots side by side. A hive that is away ends the round; what is applied by then stays."""
        left = iter(bots)

        async def some() -> list[Outcome]:
            # A task for each of ten thousand bots would hold memory for all of them at once.
            return [await self._apply_bot(branch, tip, bot) for bot in left]

        return list(chain.from_iterable(await _all([some() for _ in range(self._settings.engine_parallel)])))

    async def _apply_bot(self, branch: str, tip: str, bot: BotId) -> Outcome:
        elsewhere = self._state.branch_of(str(bot))
        if elsewhere not in (None, branch):
            reason = f"the bot is on the branch {elsewhere}, and can't be on {branch} too"
            return Outcome(str(bot), branch, None, reason)
        desired = await read_desired(self._objects, tip, bot)
        if desired.refusal is not None:
            return self._refused(branch, desired, desired.refusal)
        for wait in (*_TRIES, None):
            try:
                await self._act(desired)
                return Outcome(str(bot), branch, desired.revision)
            except HiveError as error:
                if error.status < 500 or wait is None:
                    return self._refused(branch, desired, str(error), again=error.status >= 500)
            except (OSError, OutsideError) as error:
                if wait is None or isinstance(error, OutsideError):
                    return self._refused(branch, desired, str(error), again=True)
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def _act(self, desired: Desired) -> None:
        bot = str(desired.bot)
        if desired.revision is None:
            with _missing_is_fine():
                await self._hive.delete_bot(bot)
            return
        await asyncio.to_thread(materialise, self._home, desired)
        failpoint("engine.written")
        await self._hive.put_bot(bot, desired.revision)
        failpoint("engine.told")
        await asyncio.to_thread(remove_others, self._home, bot, desired.revision)

    async def _try_again(self, tips: Mapping[str, str], *, everything: bool) -> None:
        """Refused bots once more: all of them at the start, later those whom time may heal."""
        for branch, tip in tips.items():
            waiting = [r for r in self._state.refusals() if r.branch == branch and (r.again or everything)]
            if waiting:
                outcomes = await self._apply(branch, tip, [BotId.parse(r.bot) for r in waiting])
                self._state.settle(outcomes)
                self._tell(branch, tip, [tip], outcomes)

    async def _compare(self, tips: Mapping[str, str]) -> None:
        """What the hive knows against what is applied: lost bots are put back, left-over ones removed."""
        if not tips:
            return  # no fleet is no reason to remove bots
        actual, applied = await self._hive.bots(), self._state.bots()
        for bot in actual.keys() - applied.keys() - {r.bot for r in self._state.refusals()}:
            log.warning("bot_left_over", bot=bot)
            with _missing_is_fine():
                await self._hive.delete_bot(bot)
        lost: dict[str, list[BotId]] = {}
        for bot, revision in applied.items():
            if actual.get(bot) != revision and (branch := self._state.branch_of(bot)) in tips:
                lost.setdefault(branch or "", []).append(BotId.parse(bot))
        for branch, bots in lost.items():
            log.warning("bots_put_back", branch=branch, bots=len(bots))
            outcomes = await self._apply(branch, tips[branch], bots)
            self._state.settle(outcomes)
            self._tell(branch, tips[branch], [tips[branch]], outcomes)

    def _refused(self, branch: str, desired: Desired, reason: str, *, again: bool = False) -> Outcome:
        log.warning("bot_refused", bot=str(desired.bot), reason=reason, again=again)
        return Outcome(str(desired.bot), branch, desired.revision, reason, again)

    def _tell(self, branch: str, tip: str, commits: list[str], outcomes: Sequence[Outcome]) -> None:
        done = {outcome.bot: outcome.revision for outcome in outcomes if outcome.reason is None}
        for outcome in outcomes:
            if outcome.reason is not None:
                self.feed.tell(_refusal(outcome))
        self.feed.tell(Event("applied", {"branch": branch, "commit": tip, "commits": commits, "bots": done}))

    def _snapshot(self) -> list[Event]:
        refusals = [_refusal(outcome) for outcome in self._state.refusals()]
        return refusals + [
            Event("applied", {"branch": branch, "commit": tip, "commits": [tip], "bots": {}})
            for branch, tip in self._state.tips().items()
        ]


def _refusal(outcome: Outcome) -> Event:
    return Event("refused", {"bot": outcome.bot, "revision": outcome.revision, "reason": outcome.reason})


async def _all(actions: list[Coroutine[Any, Any, list[Outcome]]]) -> list[list[Outcome]]:
    """Everything's outcomes; when one can't go on, the others are stopped before its error is raised."""
    tasks = [asyncio.create_task(action) for action in actions]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _missing_is_fine() -> Iterator[None]:
    try:
        yield
    except HiveError as error:
        if error.status != 404:
            raise
