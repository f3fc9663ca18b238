"""All bots of the machine: registered, given mail, asked, watched."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import structlog

from agent_runtime.dispatcher.draft import run_draft
from agent_runtime.dispatcher.registry import Registration, check_ids, read_registration
from agent_runtime.dispatcher.runner import Runner, describe
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.stored import AWAY, stored
from agent_runtime.dispatcher.watchers import Watchers
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival, Mail, mail_key
from agent_runtime.store.inbox import KEPT_FOR, BotRecord
from agent_runtime.version import version
from agent_runtime.wire import Json, ProblemError

log = structlog.get_logger()

Part = Callable[[Json], None]
_PROBE = [{"role": "user", "content": "Say hello in one word."}]
_PROBE_TOKENS = 16
_LONGEST_ID = 256
_LOOK_EVERY = 15.0
_DRAFTS_AT_ONCE = 8


class Dispatcher:
    """Owns the runners. Made, then `recover`ed; `drain` lets turns in hand end before `aclose`."""

    def __init__(self, make_services: Callable[[Callable[[str], None]], Services]) -> None:
        self.watchers = Watchers()
        self.services = make_services(self._changed)
        self._runners: dict[str, Runner] = {}
        # What waits for bots that are not registered yet: a restore leaves registering them to the engine.
        self._unclaimed: dict[str, list[Mail]] = {}
        # Each is there for as long as somebody holds it or waits for it.
        self._registering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._drafts = asyncio.Semaphore(_DRAFTS_AT_ONCE)
        self._care: asyncio.Task[None] | None = None
        self._doubtful = False

    async def recover(self) -> None:
        """Take up what was there before: bots first, then every message that waits."""
        for record in await self.services.keep(self.services.inbox.bots):
            registration = Registration.of(record.bot, record.revision, record.summary)
            self._runners[record.bot] = Runner(self.services, registration)
        for mail in await self.services.keep(self._take_up):
            self._unclaimed.setdefault(mail.bot, []).append(mail)
        self._care = asyncio.create_task(self._take_care())

    async def drain(self, within: float = 5.0) -> None:
        """Wake no worker and give the turns in hand a moment to end; what comes meanwhile is stored."""
        self.services.closing = True
        for runner in self._runners.values():
            runner.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                for runner in self._runners.values():
                    await runner.quiet()

    async def aclose(self) -> None:
        """End every worker; what is not answered waits. Who asked sees the socket close, and asks again."""
        self.services.closing = True
        if self._care is not None:
            self._care.cancel()
        for runner in self._runners.values():
            runner.end(None)
        await self.services.settled()

    # Which bots there are

    def bots(self) -> dict[str, str]:
        return {bot: runner.registration.revision for bot, runner in self._runners.items()}

    def registrations(self) -> Iterable[Registration]:
        return (runner.registration for runner in self._runners.values())

    async def register(self, bot: str, revision: str) -> Json:
        """Register a bot, or replace its revision; stored before anything changes."""
        check_ids(bot, revision)
        return await self.services.finish(self._register(bot, revision))

    async def _register(self, bot: str, revision: str) -> Json:
        async with self._registering.setdefault(bot, asyncio.Lock()):
            runner = self._runners.get(bot)
            if runner is not None and runner.registration.revision == revision:
                return describe(runner)
            settings = self.services.settings
            registration = await asyncio.to_thread(read_registration, settings, bot, revision)
            if runner is not None:
                registration = registration.after(runner.registration)
            await stored(self.services.inbox.put_bot(BotRecord(bot, revision, registration.summary())))
            failpoint("dispatcher.registered")
            if runner is None:
                runner = self._runners[bot] = Runner(self.services, registration)
                for mail in self._unclaimed.pop(bot, ()):
                    runner.arrived(mail)
            else:
                runner.replace(registration)
            self.watchers.registered(registration)
            self._changed(bot)
            return describe(runner)

    async def admit(self, bot: str, platform: str, sealed: str, digest: str) -> None:
        """From now on the platform's webhooks are known by this digest; stored before anybody is told."""
        await self.services.finish(self._admit(bot, platform, sealed, digest))

    async def _admit(self, bot: str, platform: str, sealed: str, digest: str) -> None:
        async with self._registering.setdefault(bot, asyncio.Lock()):
            runner = self._runner(bot)
            registration = runner.registration.admitting(platform, sealed, digest)
            if registration == runner.registration:
                return
            record = BotRecord(bot, registration.revision, registration.summary())
            await stored(self.services.inbox.put_bot(record))
            runner.registration = registration
            self.watchers.registered(registration)

    async def remove(self, bot: str) -> None:
        """Stop the bot and forget all of it: its mail, its memory, its folder."""
        check_ids(bot)
        await self.services.finish(self._remove(bot))

    async def _remove(self, bot: str) -> None:
        async with self._registering.setdefault(bot, asyncio.Lock()):
            runner = self._runners.pop(bot, None)
            if runner is not None:
                self.watchers.removed(runner.registration)
                runner.end(ProblemError(410, "the bot was removed"))
                await runner.quiet()
            await stored(self.services.inbox.remove_bot(bot))
            self._unclaimed.pop(bot, None)
            self.services.logbook.forget(bot)
            await asyncio.to_thread(shutil.rmtree, self.services.settings.paths.bot(bot), ignore_errors=True)
        self._changed(bot)

    # Mail

    async def submit(self, bot: str, channel: str, arrivals: Sequence[Arrival]) -> list[bool]:
        """Store messages, in order; returns after the commit. For each, whether it is new."""
        runner, now = self._taking_mail(bot), time.time()
        mail = [(runner, _mail(bot, channel, arrival, now)) for arrival in arrivals]
        fresh: list[bool] = await self.services.finish(self._submit(mail))
        for arrival in arrivals:
            runner.interrupt(channel, arrival)
        return fresh

    async def submit_all(self, items: Sequence[tuple[str, str, Arrival]]) -> dict[int, ProblemError]:
        """Store messages for many bots, as (bot, channel, message), with one commit.

        Returns after it, with what speaks against an item by its number: one never spoils another.
        """
        now = time.time()
        taken: dict[int, tuple[Runner, Mail]] = {}
        problems: dict[int, ProblemError] = {}
        for number, (bot, channel, arrival) in enumerate(items):
            try:
                taken[number] = (self._taking_mail(bot), _mail(bot, channel, arrival, now))
            except ProblemError as error:
                problems[number] = error
        if taken:
            problems |= await self._submit_each(taken)
        for number in taken.keys() - problems.keys():
            _, channel, arrival = items[number]
            taken[number][0].interrupt(channel, arrival)
        return problems

    async def _submit_each(self, taken: dict[int, tuple[Runner, Mail]]) -> dict[int, ProblemError]:
        try:
            await self.services.finish(self._submit(list(taken.values())))
        except ProblemError as error:
            return dict.fromkeys(taken, error)
        except Exception:
            if len(taken) == 1:
                log.exception("message_not_stored")
                return dict.fromkeys(taken, ProblemError(500, "internal error", "see the hive's log"))
            problems: dict[int, ProblemError] = {}
            for number, one in taken.items():
                problems |= await self._submit_each({number: one})
            return problems
        return {}

    def _taking_mail(self, bot: str) -> Runner:
        runner = self._runner(bot)
        waiting = len(runner.mailroom or ())
        if waiting >= self.services.limits.waiting_per_bot:
            raise ProblemError(
                503, "too much is waiting", f"{waiting} messages wait for {bot}; try again later"
            )
        return runner

    async def _submit(self, mail: Sequence[tuple[Runner, Mail]]) -> list[bool]:
        failpoint("dispatcher.received")
        try:
            fresh: list[bool] = await stored(self.services.inbox.submit([each for _, each in mail]))
        except ProblemError as error:
            if error.status == AWAY and not self._doubtful:
                self._doubtful = True
                self.services.keep(self._look_again)
            raise
        failpoint("dispatcher.stored")
        for (runner, each), is_new in zip(mail, fresh, strict=True):
            if is_new:
                runner.arrived(each)
        return fresh

    async def _look_again(self) -> None:
        """A commit whose answer was lost may have stored a message: sent again, it would be nothing new."""
        await self._take_up()
        self._doubtful = False

    async def _take_up(self) -> list[Mail]:
        """Every stored message that waits: in hand already, nothing changes. Those whose bot is not known."""
        unclaimed = []
        for mail in await self.services.inbox.waiting():
            if (runner := self._runners.get(mail.bot)) is not None:
                runner.arrived(mail)
            else:
                unclaimed.append(mail)
        return unclaimed

    async def chat(self, bot: str, arrival: Arrival, part: Part) -> Json:
        """One turn on the web channel: parts are events; the answer is the last one's data."""
        runner = self._runner(bot)
        self._awake(runner)
        key = mail_key("web", arrival.platform_id)
        mailroom = runner.open_mailroom()
        answering = mailroom.expect(key, part)
        try:
            (is_new,) = await self.submit(bot, "web", [arrival])
            if not is_new and key not in mailroom:
                raise ProblemError(
                    503, "restarting", "the answer was given while this part restarted: read the conversation"
                )
            # Asked again after a restart: pieces of the answer would repeat what was read already.
            answering.fresh = is_new
            return await answering.wait()
        finally:
            mailroom.forget(key)

    async def cancel(self, bot: str, conversation: str) -> None:
        """Stop answering in this conversation; nothing to do where no worker is."""
        runner = self._runner(bot)
        if runner.worker is not None:
            await runner.ask("cancel", {"conversation": conversation})

    # What a bot is asked

    def status(self, bot: str) -> Json:
        return describe(self._runner(bot))

    def worker(self, bot: str) -> int | None:
        """The process of the bot's worker."""
        worker = self._runner(bot).worker
        return worker.pid if worker is not None else None

    def vitals(self) -> Json:
        """How many bots are awake, and how long wakes took."""
        awake = sum(runner.worker is not None for runner in self._runners.values())
        return {"version": version(), "awake": awake, "wakes": self.services.wakes.figures()}

    async def start(self, bot: str) -> Json:
        runner = self._runner(bot)
        await runner.start()
        return describe(runner)

    async def probe(self, bot: str) -> Json:
        """A short draft turn of the deployed bot; whether it works shows in its phase."""
        runner = self._runner(bot)
        self._awake(runner)
        question = {"messages": _PROBE, "max_output_tokens": _PROBE_TOKENS}
        try:
            answer = await self._asked_anew(runner, question)
        except ProblemError as error:
            runner.condition.probed(str(error))
            self._changed(bot)
            if error.status in (409, 502):
                raise
            raise ProblemError(502, "the bot did not answer", str(error)) from None
        runner.condition.probed(None)
        self._changed(bot)
        return answer

    async def _asked_anew(self, runner: Runner, question: Json) -> Json:
        """The death of a worker is no answer: the next one is asked, until the bot is held to be failed."""
        while True:
            try:
                return await runner.ask("draft", question)
            except ProblemError as error:
                if error.status != 503 or self.services.closing or runner.condition.failed:
                    raise

    async def call(self, bot: str, method: str, params: Json) -> Json:
        return await self._runner(bot).ask("call", {"method": method, "params": params})

    async def draft(self, data: Json, part: Part) -> Json:
        """A draft turn of a specification that is not deployed."""
        if (bot := data.get("bot")) is not None:
            self._runner(bot)
        async with self._drafts:
            return await run_draft(self.services, self._registration(data.get("bot")), data, part)

    def channel_state(self, bot: str, channel: str, state: dict[str, Any]) -> None:
        """What a listener says of a bot's channel."""
        if (runner := self._runners.get(bot)) is not None:
            runner.condition.channel(channel, state)
            self._changed(bot)

    def _registration(self, bot: str | None) -> Registration | None:
        return None if bot is None else self._runner(bot).registration

    def _runner(self, bot: str) -> Runner:
        runner = self._runners.get(bot)
        if runner is None:
            raise ProblemError(404, "no such bot", f"no bot {bot} is registered here")
        return runner

    def _awake(self, runner: Runner) -> None:
        """Refuse what nobody would answer now."""
        if runner.registration.paused:
            raise ProblemError(409, "the bot is paused", "it was paused by its owner", next_step="Resume it.")
        condition = runner.condition
        if condition.failed and condition.not_before > asyncio.get_running_loop().time():
            raise ProblemError(503, "the bot does not start", condition.reason, next_step=condition.next_step)

    def _changed(self, bot: str) -> None:
        runner = self._runners.get(bot)
        self.watchers.changed(bot, describe(runner) if runner is not None else None)

    async def _take_care(self) -> None:
        """Now and then: drop what was kept long enough, let idle workers go where there are too many."""
        swept = 0.0
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            self._end_stuck()
            if time.monotonic() - swept > 3600:
                swept = time.monotonic()
                self.services.keep(partial(self.services.inbox.sweep, time.time() - KEPT_FOR))

    def _end_stuck(self) -> None:
        """A worker that neither answers nor gives up in time hangs; its death is handled like any other."""
        limit = self.services.settings.turn_seconds + 60
        for bot, runner in self._runners.items():
            worker = runner.worker
            if worker is None or runner.mailroom is None or not runner.mailroom.in_hand:
                continue
            if time.monotonic() - worker.last_work > limit:
                log.error("worker_stuck", bot=bot, pid=worker.pid)
                worker.end()


def _mail(bot: str, channel: str, arrival: Arrival, now: float) -> Mail:
    if not (_is_id(arrival.platform_id) and _is_id(arrival.conversation) and _is_id(arrival.sender)):
        ids = ("platform_id", "conversation", "sender")
        wrong = " and ".join(name for name in ids if not _is_id(getattr(arrival, name)))
        raise ProblemError(422, "not a message", f"{wrong} must be 1 to {_LONGEST_ID} printable characters")
    key = mail_key(channel, arrival.platform_id)
    return Mail(key, bot, channel, arrival.conversation, arrival.sender, arrival.payload, now)


def _is_id(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_ID and value.isprintable()
