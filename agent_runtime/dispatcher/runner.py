"""One bot: its worker is woken for mail and calls, drained for a new revision, let go when idle."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from agent_runtime.dispatcher.backoff import ending
from agent_runtime.dispatcher.bring_up import bring_up
from agent_runtime.dispatcher.condition import Condition
from agent_runtime.dispatcher.mailroom import Mailroom
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.wakes import Wake
from agent_runtime.dispatcher.worker import Worker, WorkerState
from agent_runtime.mail import Arrival, Mail, mail_key
from agent_runtime.wire import Call, Json, Peer, PeerGoneError, ProblemError

Part = Callable[[Json], None]


class Runner:
    """The state of one bot; there may be very many, and most of them idle."""

    __slots__ = (
        "_again",
        "_asking",
        "_ended",
        "_services",
        "_waiters",
        "condition",
        "last_wake",
        "mailroom",
        "registration",
        "worker",
    )

    def __init__(self, services: Services, registration: Registration) -> None:
        self._services = services
        self.registration = registration
        self.condition = Condition(registration)
        self.mailroom: Mailroom | None = None
        self.worker: Worker | None = None
        self.last_wake: Wake | None = None
        self._again: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] | None = None
        self._asking = 0
        self._ended = False

    # What others want of the bot

    def arrived(self, mail: Mail) -> None:
        """A message was stored."""
        if self.open_mailroom().add(mail):
            self.pump()

    def interrupt(self, channel: str, arrival: Arrival) -> None:
        """Tell the worker of a stored message that is not to wait for the turns it is about."""
        if arrival.stops and self.mailroom is not None:
            self.mailroom.interrupt(mail_key(channel, arrival.platform_id), arrival, self.worker)

    def open_mailroom(self) -> Mailroom:
        if self.mailroom is None:
            self.mailroom = Mailroom(self._services, self.registration.bot, self.condition)
        return self.mailroom

    async def start(self) -> None:
        """Have a worker of the present revision ready, trying at once. Raises ProblemError 409."""
        if self.registration.paused:
            raise ProblemError(409, "the bot is paused", "it was paused by its owner", next_step="Resume it.")
        self.condition.forgive()
        self._hurry()
        self.pump()
        await self._ready_worker()

    async def ask(self, kind: str, data: Json, part: Part | None = None) -> Json:
        """Ask the bot's worker, waking it where it sleeps."""
        self._asking += 1
        worker = None
        try:
            worker = await self._ready_worker()
            worker.calls += 1
            assert worker.peer is not None
            return await worker.peer.ask(kind, data, part)
        except PeerGoneError:
            raise ProblemError(503, "the worker ended", "its worker ended before it answered") from None
        finally:
            self._asking -= 1
            if worker is not None:
                worker.calls -= 1
                worker.touch()
                self.pump()

    def replace(self, registration: Registration) -> None:
        """A new revision: what is in hand is finished by the old worker, all else waits for the new one."""
        self.registration = registration
        self.condition.replaced(registration)
        self._hurry()
        worker = self.worker
        if worker is not None and worker.state is WorkerState.STARTING:
            worker.state = WorkerState.LEAVING
            worker.end()
        elif worker is not None and worker.state is WorkerState.READY:
            worker.state = WorkerState.DRAINING
            loop = self._services.loop
            loop.call_later(self._services.limits.drain_within, self._drained_enough, worker)
        self.pump()

    def drain(self) -> None:
        """Take nothing more in hand; the process is about to end."""
        if self.worker is not None and self.worker.state is WorkerState.READY:
            self.worker.state = WorkerState.DRAINING
        self.pump()

    async def quiet(self) -> None:
        """Wait until a worker that drains or was ended has gone."""
        if self.worker is not None and self.worker.state is not WorkerState.STARTING:
            await self.worker.gone.wait()

    def end(self, why: ProblemError | None) -> None:
        """The bot is removed, or, without a reason, the process ends; nothing wakes it any more."""
        self._ended = True
        if self._again is not None:
            self._again.cancel()
        if self.worker is not None:
            self.worker.state = WorkerState.LEAVING
            self.worker.end()
        if why is not None:
            self._disappoint(why)

    @property
    def busy(self) -> bool:
        """Whether something is in hand."""
        return self._asking > 0 or self._mail_in_hand()

    # The worker's life

    def pump(self) -> None:
        """Do what can be done now: wake a worker, hand mail out, let a drained worker go."""
        worker = self.worker
        if worker is None:
            if not self._wanted():
                self._services.room.leave(self)
            elif self._services.room.enter(self):
                self.worker = worker = Worker(self.registration.revision)
                self._services.spawn(self._bring_up(worker))
                self._services.changed(self.registration.bot)
        elif worker.state is WorkerState.READY:
            self._hand_out(worker)
            if not self.busy:
                self._services.room.rested(self)
        elif worker.state is WorkerState.DRAINING and worker.calls == 0 and not self._mail_in_hand():
            worker.state = WorkerState.LEAVING
            worker.tell("bye", {})

    def _wanted(self) -> bool:
        now = self._services.loop.time()
        if self._ended or self._services.closing:
            return False
        if not (self._mail_waits() or self._waiters):
            # A message that is to wait for minutes needs no worker in the meantime.
            later = self.mailroom.next_time() if self.mailroom else None
            if later is not None and later > now:
                self._at(later)
            return False
        if self.condition.not_before > now:
            self._at(self.condition.not_before)
            return False
        return True

    def _mail_in_hand(self) -> bool:
        return self.mailroom is not None and self.mailroom.in_hand

    def _mail_waits(self) -> bool:
        return self.mailroom is not None and not self.registration.paused and self.mailroom.due()

    def _hurry(self) -> None:
        if self.mailroom is not None:
            self.mailroom.hurry()

    def _hand_out(self, worker: Worker) -> None:
        if self.mailroom is not None and not self.registration.paused:
            later = self.mailroom.hand_out(worker)
            if later is not None:
                self._at(later)

    async def _bring_up(self, worker: Worker) -> None:
        gone = partial(self._gone, worker)
        up = await bring_up(self._services, self.registration, worker, self._asked, self._heard, gone)
        if not up and worker.peer is None:
            self._gone(worker)

    def _gone(self, worker: Worker, _: Peer | None = None) -> None:
        """The worker's socket has closed, or it never had one."""
        if self.worker is not worker:
            return
        self.worker = None
        worker.gone.set()
        self._services.room.leave(self)
        planned = worker.state is WorkerState.LEAVING
        if planned and not self._ended:
            self._services.note(self.registration.bot, "info", "worker_left", revision=worker.revision)
        if not worker.ready.done():
            worker.ready.set_exception(PeerGoneError("the worker ended"))
            worker.ready.exception()
        if not planned:
            self._died(worker)
        if self.mailroom is not None:
            self.mailroom.worker_gone(died=not planned)
        self._services.changed(self.registration.bot)
        self.pump()

    def _died(self, worker: Worker) -> None:
        backoff, now = self._services.limits.backoff, self._services.loop.time()
        problem = worker.problem
        never_was = worker.pid is None and problem is None
        status = problem.get("status") if problem is not None else None
        if never_was or status in (503, 507):
            self.condition.delay(now + (backoff.no_room if status == 507 else backoff.temporary))
            return
        self.condition.worker_died(worker, backoff, now)
        self._services.spawn(self._tell_death(worker))
        if self.condition.failed:
            error = ProblemError(409, "the bot does not start", self.condition.reason)
            error.problem["next_step"] = self.condition.next_step
            self._disappoint(error)

    async def _tell_death(self, worker: Worker) -> None:
        condition = self.condition
        with contextlib.suppress(TimeoutError):
            condition.exit_known(await asyncio.wait_for(asyncio.shield(worker.exit), 0.5))
        self._services.note(
            self.registration.bot,
            "error",
            "worker_died",
            reason=condition.reason or ending(worker.exit.result() if worker.exit.done() else None),
            next_step=condition.next_step,
        )
        self._services.changed(self.registration.bot)

    async def _ready_worker(self) -> Worker:
        while True:
            worker = self.worker
            if worker is not None and worker.state is WorkerState.READY:
                return worker
            loop = self._services.loop
            if worker is None and self.condition.failed and self.condition.not_before > loop.time():
                raise ProblemError(
                    409, "the bot does not start", self.condition.reason, next_step=self.condition.next_step
                )
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters = [*(self._waiters or []), waiter]
            self.pump()
            await waiter

    def _disappoint(self, error: ProblemError) -> None:
        """Nobody is to wait for this bot any longer. Its messages wait."""
        self._wake_waiters(error)
        if self.mailroom is not None:
            self.mailroom.disappoint(error)

    def _wake_waiters(self, error: ProblemError | None = None) -> None:
        waiters, self._waiters = self._waiters or [], None
        for waiter in waiters:
            if not waiter.done():
                if error is None:
                    waiter.set_result(None)
                else:
                    waiter.set_exception(error)

    def _drained_enough(self, worker: Worker) -> None:
        if self.worker is worker and worker.state is WorkerState.DRAINING:
            worker.state = WorkerState.LEAVING
            worker.end()

    def _at(self, when: float) -> None:
        if self._again is not None:
            self._again.cancel()
        self._again = self._services.loop.call_at(when, self.pump)

    # What the worker says

    async def _asked(self, call: Call) -> Json:
        if call.kind == "report":
            told = call.data
            await self._services.record(self.registration.bot, told["kind"], told["data"], told["id"])
            return {}
        if call.kind != "leave":
            raise ProblemError(404, "not a question of a worker")
        worker = self.worker
        free = worker is not None and worker.peer is call.peer and not self.busy and not self._waiters
        if worker is None or not free or self._mail_waits():
            if worker is not None:
                worker.asked_to_rest = False
            return {"granted": False}
        worker.state = WorkerState.LEAVING
        return {"granted": True}

    def _heard(self, peer: Peer, kind: str, data: Json) -> None:
        worker = self.worker
        if worker is None or worker.peer is not peer:
            return
        bot, mailroom = self.registration.bot, self.mailroom
        if kind == "delta" and mailroom is not None:
            mailroom.delta(data["key"], data["text"])
        elif kind == "done" and mailroom is not None:
            if mailroom.answered(data["key"], data.get("answer")):
                self._succeeded(worker)
        elif kind == "failed" and mailroom is not None:
            mailroom.not_answered(data["key"], data["reason"])
            self.pump()
        elif kind == "waits" and mailroom is not None:
            # A revision that has come meanwhile is what a worker of the one before waits for.
            current = worker.revision == self.registration.revision
            mailroom.waits(**{**data, "for_revision": data["for_revision"] and current})
            worker.touch()
            self.pump()
        elif kind == "log":
            self._services.logbook.write(bot, data)
        elif kind == "report":
            self._services.report(bot, data["kind"], data["data"], data.get("id"))
        elif kind == "ready":
            self._is_ready(worker, data.get("version"))
        elif kind == "unfit":
            worker.problem = data

    def _is_ready(self, worker: Worker, version: str | None) -> None:
        if worker.state is not WorkerState.STARTING:
            return
        worker.state = WorkerState.READY
        worker.ready.set_result(None)
        self.last_wake = self._services.wakes.note(time.monotonic() - worker.wanted_at)
        worker.touch()
        self.condition.started()
        known = {"revision": worker.revision, "version": version}
        self._services.note(self.registration.bot, "info", "worker_started", **known)
        self._services.changed(self.registration.bot)
        self._wake_waiters()
        self.pump()

    def _succeeded(self, worker: Worker) -> None:
        worker.touch()
        if self.condition.succeeded():
            self._services.changed(self.registration.bot)
        self.pump()


def describe(runner: Runner) -> dict[str, Any]:
    """The bot's Status, as the inner API gives it."""
    worker = runner.worker
    state = "none"
    if worker is not None:
        state = "starting" if worker.state is WorkerState.STARTING else "ready"
    wake = runner.last_wake
    return {
        **runner.condition.status(runner.registration, state),
        "woken_at": wake.at if wake is not None else None,
        "wake_ms": wake.took_ms if wake is not None else None,
    }
