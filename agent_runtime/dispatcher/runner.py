"""One bot: its worker is woken for mail and calls, drained for a new revision, let go when idle."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from agent_runtime.dispatcher.backoff import ending
from agent_runtime.dispatcher.condition import Condition
from agent_runtime.dispatcher.mailbag import Mailbag
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.worker import Worker, WorkerState
from agent_runtime.mail import Mail
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
        "answers",
        "bag",
        "condition",
        "registration",
        "worker",
    )

    def __init__(self, services: Services, registration: Registration) -> None:
        self._services = services
        self.registration = registration
        self.condition = Condition(registration)
        self.bag: Mailbag | None = None
        self.worker: Worker | None = None
        self.answers: dict[str, Answering] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] | None = None
        self._asking = 0
        self._ended = False

    # What others want of the bot

    def arrived(self, mail: Mail) -> None:
        """A message was stored."""
        if self.bag is None:
            self.bag = Mailbag()
        if mail.key not in self.bag:
            self.bag.add(mail)
            self.pump()

    async def start(self) -> None:
        """Have a worker of the present revision ready, trying at once. Raises ProblemError 409."""
        if self.registration.paused:
            raise ProblemError(409, "the bot is paused", "it was paused by its owner", next_step="Resume it.")
        self.condition.forgive()
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
        worker = self.worker
        if worker is not None and worker.state is WorkerState.STARTING:
            worker.state = WorkerState.LEAVING
            worker.end()
        elif worker is not None and worker.state is WorkerState.READY:
            worker.state = WorkerState.DRAINING
            loop = asyncio.get_running_loop()
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

    def end(self) -> None:
        """The bot is removed, or the process ends; nothing wakes it any more."""
        self._ended = True
        if self._again is not None:
            self._again.cancel()
        if self.worker is not None:
            self.worker.state = WorkerState.LEAVING
            self.worker.end()
        for answering in list((self.answers or {}).values()):
            answering.fail(ProblemError(410, "the bot was removed"))
        self._wake_waiters(ProblemError(410, "the bot was removed"))

    @property
    def busy(self) -> bool:
        """Whether something is in hand."""
        return self._asking > 0 or bool(self.bag and self.bag.in_hand)

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
        elif (
            worker.state is WorkerState.DRAINING and worker.calls == 0 and not (self.bag and self.bag.in_hand)
        ):
            worker.state = WorkerState.LEAVING
            worker.tell("bye", {})

    def _wanted(self) -> bool:
        now = asyncio.get_running_loop().time()
        mail = self.bag is not None and len(self.bag) > 0 and not self.registration.paused
        if self._ended or self._services.closing or not (mail or self._waiters):
            return False
        if self.condition.not_before > now:
            self._at(self.condition.not_before)
            return False
        return True

    def _hand_out(self, worker: Worker) -> None:
        bag = self.bag
        if bag is None or self.registration.paused:
            return
        loop = asyncio.get_running_loop()
        most = self._services.settings.conversations_per_bot
        while (mail := bag.take(loop.time(), most)) is not None:
            worker.touch()
            answering = (self.answers or {}).get(mail.key)
            worker.tell("mail", {"mail": mail.to_dict(), "stream": answering is not None and answering.fresh})
        if (later := bag.next_time()) is not None and later > loop.time():
            self._at(later)

    async def _bring_up(self, worker: Worker) -> None:
        services, registration = self._services, self.registration
        try:
            async with services.starting, asyncio.timeout(services.limits.ready_within):
                await self._introduce(worker, registration)
                await asyncio.shield(worker.ready)
        except ProblemError as error:
            worker.problem = worker.problem or error.problem
        except TimeoutError:
            worker.problem = {"status": 500, "detail": "its worker was not ready in time"}
        except PeerGoneError:
            pass
        else:
            return
        worker.end()
        if worker.peer is None:
            self._gone(worker)

    async def _introduce(self, worker: Worker, registration: Registration) -> None:
        services, loop = self._services, asyncio.get_running_loop()

        ours = await services.launcher.fork(registration.bot, partial(services.is_alive, worker))
        if worker.state is WorkerState.LEAVING:
            ours.close()
            raise PeerGoneError("another revision came before it was up")
        _, peer = await loop.create_unix_connection(
            lambda: Peer(self._asked, self._heard, lambda _: self._gone(worker)), sock=ours
        )
        worker.peer = peer
        question = {
            "bot": registration.bot,
            "revision": registration.revision,
            "names": list(registration.secrets),
        }
        opened = (
            await services.keeper.ask("open", question, again=True)
            if registration.secrets
            else {"secrets": {}}
        )
        idle_after = min(registration.idle_after, services.limits.longest_idle)
        worker.tell("hello", {**question, "secrets": opened["secrets"], "idle_after": idle_after})

    def _gone(self, worker: Worker) -> None:
        """The worker's socket has closed, or it never had one."""
        if self.worker is not worker:
            return
        self.worker = None
        worker.gone.set()
        self._services.room.leave(self)
        planned = worker.state is WorkerState.LEAVING
        if not worker.ready.done():
            worker.ready.set_exception(PeerGoneError("the worker ended"))
            worker.ready.exception()
        suspect = self.bag.worker_gone(died=not planned) if self.bag is not None else None
        if not planned:
            self._died(worker)
            if suspect is not None:
                self._blame(suspect, "its worker died of it")
        self._services.changed(self.registration.bot)
        self.pump()

    def _died(self, worker: Worker) -> None:
        backoff, now = self._services.limits.backoff, asyncio.get_running_loop().time()
        problem = worker.problem
        never_was = worker.pid is None and problem is None
        if never_was or (problem is not None and problem.get("status") == 503):
            self.condition.delay(now + backoff.temporary)
            return
        self.condition.worker_died(worker, backoff, now)
        self._services.spawn(self._tell_death(worker))
        if self.condition.failed:
            error = ProblemError(409, "the bot does not start", self.condition.reason)
            error.problem["next_step"] = self.condition.next_step
            self._wake_waiters(error)
            for answering in list((self.answers or {}).values()):
                answering.fail(error)

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
            loop = asyncio.get_running_loop()
            if worker is None and self.condition.failed and self.condition.not_before > loop.time():
                raise ProblemError(
                    409, "the bot does not start", self.condition.reason, next_step=self.condition.next_step
                )
            waiter: asyncio.Future[None] = loop.create_future()
            self._waiters = [*(self._waiters or []), waiter]
            self.pump()
            await waiter

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
        self._again = asyncio.get_running_loop().call_at(when, self.pump)

    # What the worker says

    async def _asked(self, call: Call) -> Json:
        if call.kind != "leave":
            raise ProblemError(404, "not a question of a worker")
        worker = self.worker
        free = worker is not None and worker.peer is call.peer and not self.busy and not self._waiters
        waiting = self.bag is not None and len(self.bag) > 0 and not self.registration.paused
        if worker is None or not free or waiting:
            if worker is not None:
                worker.asked_to_rest = False
            return {"granted": False}
        worker.state = WorkerState.LEAVING
        return {"granted": True}

    def _heard(self, peer: Peer, kind: str, data: Json) -> None:
        worker = self.worker
        if worker is None or worker.peer is not peer:
            return
        bot = self.registration.bot
        if kind == "delta":
            if (answering := (self.answers or {}).get(data["key"])) is not None and answering.fresh:
                answering.part({"event": "delta", "data": {"text": data["text"]}})
        elif kind == "done":
            self._answered(worker, data["key"], data.get("answer"))
        elif kind == "failed":
            self._not_answered(data["key"], data["reason"])
        elif kind == "log":
            self._services.logbook.write(bot, data)
        elif kind == "report":
            self._services.report(bot, data["kind"], data["data"], data.get("id"))
        elif kind == "ready":
            self._is_ready(worker)
        elif kind == "unfit":
            worker.problem = data

    def _is_ready(self, worker: Worker) -> None:
        if worker.state is not WorkerState.STARTING:
            return
        worker.state = WorkerState.READY
        worker.ready.set_result(None)
        worker.touch()
        self.condition.started()
        self._services.changed(self.registration.bot)
        self._wake_waiters()
        self.pump()

    def _answered(self, worker: Worker, key: str, answer: Json | None) -> None:
        assert self.bag is not None
        if not self.bag.done(key):
            return
        worker.touch()
        if self.condition.succeeded():
            self._services.changed(self.registration.bot)
        self._services.spawn(self._retire(key, answer))
        self.pump()

    async def _retire(self, key: str, answer: Json | None) -> None:
        await self._services.inbox.retire(self.registration.bot, key, time.time())
        if (answering := (self.answers or {}).get(key)) is not None:
            answering.done(answer or {})

    def _not_answered(self, key: str, reason: str) -> None:
        mail = next((mail for mail in (self.bag.in_hand if self.bag else ()) if mail.key == key), None)
        if mail is not None:
            if (answering := (self.answers or {}).get(key)) is not None:
                answering.fresh = False
            self._blame(mail, reason)
            self.pump()

    def _blame(self, mail: Mail, reason: str) -> None:
        services, bot = self._services, self.registration.bot
        assert self.bag is not None
        now = asyncio.get_running_loop().time()
        wait = min(8.0, services.limits.backoff.temporary * 2**mail.attempt)
        attempts = self.bag.blame(mail.key, now + wait)
        if attempts < services.limits.attempts:
            services.spawn(services.inbox.count_attempt(bot, mail.key))
            return
        self.bag.drop(mail.key)
        self.condition.forgive_once()
        services.spawn(services.inbox.set_aside(bot, mail.key, time.time(), reason))
        told = {"key": mail.key, "conversation": mail.conversation, "attempts": attempts, "reason": reason}
        services.report(bot, "set_aside", told, f"{bot}/{mail.key}/set_aside")
        services.note(bot, "error", "message_set_aside", **told)
        if (answering := (self.answers or {}).get(mail.key)) is not None:
            answering.fail(ProblemError(500, "the message was set aside", reason))


class Answering:
    """Somebody who waits for the answer to one message, and reads along while it is written."""

    __slots__ = ("_future", "fresh", "part")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.fresh = True  # A second attempt would repeat what was read already; then only the whole is told.
        self._future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()

    def done(self, answer: Json) -> None:
        if not self._future.done():
            self._future.set_result(answer)

    def fail(self, error: ProblemError) -> None:
        if not self._future.done():
            self._future.set_exception(error)
            self._future.exception()

    async def wait(self) -> Json:
        return await self._future


def describe(runner: Runner) -> dict[str, Any]:
    """The bot's Status, as the inner API gives it."""
    worker = runner.worker
    state = "none"
    if worker is not None:
        state = "starting" if worker.state is WorkerState.STARTING else "ready"
    return runner.condition.status(runner.registration, state)
