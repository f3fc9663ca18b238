"""Proves one operation step by step: synced, started, connected, answered; or stopped; or removed.

Every wait has an end, so no operation hangs for ever. Every step is stored as it is taken, so a restart
goes on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import nullcontext, suppress
from typing import Any, TypeVar

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from agent_runtime.failpoints import failpoint
from agent_runtime.spec import BotId
from control_api.bots import index
from control_api.database import Database
from control_api.engines.protocol import Engine, EngineAwayError, Status, StepFailedError
from control_api.engines.world import ENGINE_BELL, World
from control_api.fleet import Fleet
from control_api.kit.bells import Bells
from control_api.models import Operation
from control_api.operations import journal, plan, repository
from control_api.operations.journal import Reason
from control_api.settings import ControlSettings
from gitops.errors import FleetError

log = structlog.get_logger()

Answer = TypeVar("Answer")
_LOOK_EVERY = 1.0
TRY_AGAIN = 0.5
# An engine that could not fetch a commit tries again at ever longer intervals, unless it is asked.
_ASK_AGAIN = 10.0
# A commit is on its branch a moment before its operation is settled.
SETTLED_WITHIN = 30.0


class OvertakenError(Exception):
    """A newer operation of the bot has taken over, or this one has ended."""


class Proof:
    """The steps of one operation after its commit."""

    def __init__(
        self,
        operation: Operation,
        *,
        database: Database,
        bells: Bells,
        fleet: Fleet,
        engine: Engine,
        world: World,
        settings: ControlSettings,
        width: asyncio.Semaphore,
    ) -> None:
        self._operation = operation
        self._bot = operation.bot
        self._database = database
        self._bells = bells
        self._fleet = fleet
        self._engine = engine
        self._world = world
        self._settings = settings
        self._width = width
        self._ask_at = 0.0
        self._actions: Mapping[str, tuple[Callable[[], Awaitable[str | None]], float]] = {
            plan.SYNCED: (self._synced, settings.synced_within),
            plan.STARTED: (self._started, settings.connected_within),
            plan.CONNECTED: (self._connected, settings.connected_within),
            plan.ANSWERED: (self._answered, settings.answered_within),
            plan.STOPPED: (self._stopped, settings.connected_within),
            plan.REMOVED: (self._removed, settings.connected_within),
        }

    async def run(self) -> None:
        """Takes the steps that are still to take, and ends the operation."""
        step = plan.COMMITTED
        try:
            for step in await self._steps_left():
                if step != plan.SYNCED and await self._is_paused():
                    return await self._end("The bot is paused, so nothing is started.")
                if step == plan.ANSWERED and not await self._owes_proof():
                    await self._move(step, "skipped", "Neither instructions nor model changed.")
                    continue
                await self._take(step)
            await self._end(None)
        except StepFailedError as error:
            await self._fail(step, error)
        except OvertakenError:
            log.info("operation_overtaken", operation=self._operation.id, step=step)

    async def _take(self, step: str) -> None:
        action, seconds = self._actions[step]
        # Waiting for one's turn at the model does not count against the time to answer.
        async with self._width if step == plan.ANSWERED else nullcontext():
            await self._move(step, "running", None)
            try:
                async with asyncio.timeout(seconds):
                    detail = await action()
            except TimeoutError:
                status = self._world.status_of(self._bot)
                raise StepFailedError(*_too_late(self._operation.kind, step, seconds, status)) from None
        await self._move(step, "succeeded", detail)

    async def _synced(self) -> str | None:
        branch, commit = self._operation.branch or "", self._operation.deploy_commit or ""
        looked_at: str | None = None
        while True:
            await self._ask_for({(branch, commit)})
            ticket = self._bells.ticket(ENGINE_BELL)
            refusal = self._world.refusal(self._bot, self._operation.revision)
            if refusal is not None:
                self._bells.drop(ENGINE_BELL, ticket)
                raise StepFailedError(refusal, "Correct the bot and change it again.")
            tip = self._world.tips.get(branch)
            applied = self._world.is_applied(commit)
            if not applied and tip is not None and tip != looked_at:
                looked_at, applied = tip, await self._is_before(commit, tip)
            if applied:
                self._bells.drop(ENGINE_BELL, ticket)
                return None
            await self._bells.wait(ENGINE_BELL, ticket, _LOOK_EVERY)
            await self._check_ours()

    async def _ask_for(self, places: Collection[tuple[str, str]]) -> None:
        """Tells the engine of commits of branches: at once, and now and then while they are not applied."""
        if time.monotonic() < self._ask_at:
            return
        self._ask_at = time.monotonic() + _ASK_AGAIN
        for branch, commit in places:
            with suppress(EngineAwayError):
                await self._engine.nudge(branch, commit)

    async def _is_before(self, commit: str, tip: str) -> bool:
        try:
            return await self._fleet.objects.contains(tip, commit)
        except FleetError:
            return False

    async def _started(self) -> str | None:
        status = await self._try(lambda: self._engine.start(self._bot))
        await self._world.status({**status, "id": self._bot})
        return None

    async def _connected(self) -> str | None:
        return await self._until(lambda status: connection(status, self._operation.revision))

    async def _answered(self) -> str | None:
        detail = await self._try(lambda: self._engine.probe(self._bot))
        failpoint("proof.answered")
        return detail

    async def _stopped(self) -> str | None:
        return await self._until(lambda status: "" if status and status.get("phase") == "paused" else None)

    async def _removed(self) -> str | None:
        complete = self._world
        return await self._until(lambda status: "" if status is None and complete.is_complete else None)

    async def _until(self, look: Callable[[Status | None], str | None]) -> str | None:
        """Waits for the bot's status to be as wanted: `look` answers the step's detail then, None before."""
        topic = f"engine:{self._bot}"
        while True:
            ticket = self._bells.ticket(topic)
            detail = look(self._world.status_of(self._bot))
            if detail is not None:
                self._bells.drop(topic, ticket)
                return detail or None
            await self._bells.wait(topic, ticket, _LOOK_EVERY)
            await self._check_ours()

    async def _try(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Calls until the engine answers; being away for a moment, as in a restart, is no failure."""
        while True:
            try:
                return await call()
            except EngineAwayError:
                await asyncio.sleep(TRY_AGAIN)
                await self._check_ours()

    async def _owes_proof(self) -> bool:
        """A change of words alone needs no turn, if the bot has answered as it was before."""
        commit = self._operation.commit
        async with self._database.reading() as session:
            proven = (await journal.status_of(session, self._bot)).proven
        if commit is None or not proven:
            return True
        try:
            return await self._fleet.needs_proof(BotId.parse(self._bot), commit)
        except FleetError:
            return True

    async def _is_paused(self) -> bool:
        if self._operation.kind in {"pause", "delete"}:
            return False
        # Asked of the commit itself: the index follows it a moment later, and other commits follow too.
        commit = self._operation.commit
        return commit is not None and await self._fleet.is_paused(BotId.parse(self._bot), commit)

    async def _steps_left(self) -> list[str]:
        async with self._database.reading() as session:
            rows = (await repository.steps(session, [self._operation.id]))[self._operation.id]
        return [row.name for row in rows if row.state not in plan.OVER and row.name in self._actions]

    async def _check_ours(self) -> None:
        async with self._database.reading() as session:
            await self._fresh(session)

    async def _move(self, step: str, state: str, detail: str | None) -> None:
        async with self._database.writing() as session:
            await journal.move(session, await self._fresh(session), step, state, detail)
        self._ring()

    async def _end(self, skipped: str | None) -> None:
        async with self._database.writing() as session:
            row = await self._fresh(session)
            await journal.succeed(session, row, skipped)
            if row.kind == "delete":
                await index.finish_delete(session, row.bot)
            else:
                await index.proved(session, row)
        self._ring()

    async def _fail(self, step: str, error: StepFailedError) -> None:
        reason = Reason(f"It failed at the step {step}", error.reason, error.next_step)
        with suppress(OvertakenError):
            await self._wait_for_newer()
            async with self._database.writing() as session:
                row = await self._fresh(session)
                await journal.fail(session, row, step, reason)
                await index.failed(session, row, step, reason)
        self._ring()

    async def _wait_for_newer(self) -> None:
        """Where a newer commit is applied already, it is that one which failed: its operation takes over.

        Raises OvertakenError once it has.
        """
        commit = self._operation.commit
        if commit is None or not await self._fleet.has_moved_on(BotId.parse(self._bot), commit):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_WITHIN):
                while True:
                    await self._check_ours()
                    await asyncio.sleep(TRY_AGAIN)

    async def _fresh(self, session: AsyncSession) -> Operation:
        row = await repository.operation(session, self._operation.id)
        if row is None or row.state != "running":
            raise OvertakenError
        return row

    def _ring(self) -> None:
        self._bells.ring(f"operation:{self._operation.id}", f"bot:{self._bot}", "bots")


def connection(status: Status | None, revision: str | None) -> str | None:
    """What the channels are connected as, None while one is not; StepFailedError if one cannot be."""
    if status is None or status.get("revision") not in (None, revision):
        return None
    channels = status.get("channels") or {}
    for name, channel in channels.items():
        if channel.get("state") == "failed":
            reason = channel.get("reason") or f"{name} does not accept the bot"
            raise StepFailedError(f"{name}: {reason}", channel.get("next_step"))
    if status.get("phase") == "failed":
        raise StepFailedError(status.get("reason") or "the bot does not run", status.get("next_step"))
    if any(channel.get("state") != "connected" for channel in channels.values()) or "channels" not in status:
        return None
    return ", ".join(_label(name, channel) for name, channel in channels.items())


_AFTER_TOO_LATE = {
    "pause": "See `botyard doctor`; it stops as soon as the engine gets to it, and the bot's status says so.",
    "delete": "See `botyard doctor`; it goes as soon as the engine gets to it. Delete it again to see it go.",
}


def _label(name: str, channel: Mapping[str, Any]) -> str:
    return f"{name} as {channel['name']}" if channel.get("name") else name


def _too_late(kind: str, step: str, seconds: float, status: Status | None) -> tuple[str, str]:
    wanted = {
        plan.SYNCED: "The engine did not apply the commit",
        plan.STARTED: "The bot did not start",
        plan.CONNECTED: "The channels did not connect",
        plan.ANSWERED: "The bot did not answer",
        plan.STOPPED: "The bot did not stop",
        plan.REMOVED: "The bot was not removed",
    }[step]
    reason = f"{wanted} within {seconds:g} seconds"
    if status is not None and status.get("reason"):
        reason += f"; the engine says: {status['reason']}"
    return reason, _AFTER_TOO_LATE.get(kind, "See `botyard doctor` and the bot's log; then restart the bot.")
