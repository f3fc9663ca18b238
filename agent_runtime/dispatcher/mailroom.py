"""One bot's mail between inbox and worker: handed out, retired when answered, set aside when nobody can."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from functools import partial

from agent_runtime.dispatcher.condition import Condition
from agent_runtime.dispatcher.mailbag import Mailbag
from agent_runtime.dispatcher.services import Services
from agent_runtime.dispatcher.worker import Worker
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival, Mail
from agent_runtime.store.errors import PASSING
from agent_runtime.wire import Json, ProblemError

Part = Callable[[Json], None]
_LONGEST_PAUSE = 8.0


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


class Mailroom:
    """Made when the first message of a bot comes."""

    __slots__ = ("_answers", "_bag", "_bot", "_condition", "_services", "_stops")

    def __init__(self, services: Services, bot: str, condition: Condition) -> None:
        self._services, self._bot, self._condition = services, bot, condition
        self._bag = Mailbag()
        self._answers: dict[str, Answering] = {}
        # By conversation the latest message that stops what was said before it.
        self._stops: dict[str, tuple[str, Arrival]] = {}

    def __len__(self) -> int:
        return len(self._bag)

    def __contains__(self, key: str) -> bool:
        return key in self._bag

    @property
    def in_hand(self) -> bool:
        return bool(self._bag.in_hand)

    def add(self, mail: Mail) -> bool:
        """Whether it did not wait here already."""
        if mail.key in self._bag:
            return False
        self._bag.add(mail)
        return True

    def expect(self, key: str, part: Part) -> Answering:
        """Somebody waits for the answer to a message that is about to come."""
        answering = self._answers[key] = Answering(part)
        return answering

    def forget(self, key: str) -> None:
        self._answers.pop(key, None)

    def disappoint(self, error: ProblemError) -> None:
        """Nobody who waits here is to wait any longer. The messages stay."""
        for answering in self._answers.values():
            answering.fail(error)

    def hand_out(self, worker: Worker) -> float | None:
        """Give the worker what it may have now; when there may be more, if that is a matter of time."""
        now = self._services.loop.time()
        most = self._services.settings.conversations_per_bot
        while (mail := self._bag.take(now, most)) is not None:
            failpoint("dispatcher.hands_out")
            worker.touch()
            answering = self._answers.get(mail.key)
            worker.tell("mail", {"mail": mail.to_dict(), "stream": answering is not None})
            self._stop(mail, worker)
        later = self._bag.next_time()
        return later if later is not None and later > now else None

    def interrupt(self, key: str, arrival: Arrival, worker: Worker | None) -> None:
        """A message that waits here stops those before it: what is in hand now, the others once they are."""
        in_hand = {mail.conversation: mail for mail in self._bag.in_hand}
        before = in_hand.get(arrival.conversation)
        if key not in self._bag or (before is not None and before.key == key):
            return
        self._stops[arrival.conversation] = key, arrival
        if worker is not None and before is not None:
            self._stop(before, worker)

    def _stop(self, mail: Mail, worker: Worker) -> None:
        """Tell the worker that has the message if another, behind it, may stop it: the bot decides."""
        if (stop := self._stops.get(mail.conversation)) is None:
            return
        key, arrival = stop
        if key == mail.key or key not in self._bag:
            del self._stops[mail.conversation]
        else:
            told = {"channel": mail.channel, "conversation": mail.conversation}
            worker.tell("interrupt", {**told, "sender": arrival.sender, "payload": arrival.payload})

    def delta(self, key: str, text: str) -> None:
        if (answering := self._answers.get(key)) is not None and answering.fresh:
            answering.part({"event": "delta", "data": {"text": text}})

    def answered(self, key: str, answer: Json | None) -> bool:
        """The worker has answered a message that it had; whether it did have it."""
        known = self._bag.done(key)
        if known:
            self._services.spawn(self._retire(key, answer))
        return known

    def not_answered(self, key: str, reason: str) -> None:
        """The worker lives and could not answer; the message is tried again after a while."""
        if (mail := next((mail for mail in self._bag.in_hand if mail.key == key), None)) is not None:
            if (answering := self._answers.get(key)) is not None:
                answering.fresh = False
            self._blame(mail, reason)

    def waits(self, key: str, reason: str, next_step: str, *, for_revision: bool) -> None:
        """The worker has dealt with a message and its reply can't leave: again later, however often."""
        if key not in {mail.key for mail in self._bag.in_hand}:
            return
        if (answering := self._answers.get(key)) is not None:
            answering.fresh = False
        times = self._bag.postponed(key)
        wait = math.inf if for_revision else self._services.limits.backoff.unfit(times + 1)
        self._bag.postpone(key, self._services.loop.time() + wait)
        told = {"reason": reason, "next_step": next_step, "seconds": None if for_revision else wait}
        self._services.note(self._bot, "warning", "reply_waits", key=key, **told)

    def hurry(self) -> None:
        """Something has changed: replies that could not leave may be able to now."""
        self._bag.hurry()

    def due(self) -> bool:
        """Whether there is a message that a worker could be given now."""
        return self._bag.due(self._services.loop.time())

    def next_time(self) -> float | None:
        return self._bag.next_time()

    def worker_gone(self, *, died: bool) -> None:
        """What the worker had waits again; the one message that was alone with it as it died is blamed."""
        for mail in self._bag.in_hand:
            if (answering := self._answers.get(mail.key)) is not None:
                answering.fresh = False
        suspect = self._bag.worker_gone(died=died)
        if suspect is not None:
            self._blame(suspect, "its worker died of it")

    def _blame(self, mail: Mail, reason: str) -> None:
        services = self._services
        wait = min(_LONGEST_PAUSE, services.limits.backoff.temporary * 2**mail.attempt)
        attempts = self._bag.blame(mail.key, self._services.loop.time() + wait)
        if attempts < services.limits.attempts:
            services.keep(partial(services.inbox.count_attempt, self._bot, mail.key))
        else:
            self._set_aside(mail, attempts, reason)

    def _set_aside(self, mail: Mail, attempts: int, reason: str) -> None:
        services, bot = self._services, self._bot
        self._bag.drop(mail.key)
        self._condition.forgive_once()
        services.keep(partial(services.inbox.set_aside, bot, mail.key, time.time(), reason))
        told = {"key": mail.key, "conversation": mail.conversation, "attempts": attempts, "reason": reason}
        services.report(bot, "set_aside", told, f"{bot}/{mail.key}/set_aside")
        services.note(bot, "error", "message_set_aside", **told)
        if (answering := self._answers.get(mail.key)) is not None:
            answering.fail(ProblemError(500, "the message was set aside", reason))

    async def _retire(self, key: str, answer: Json | None) -> None:
        failpoint("dispatcher.answered")
        retire = partial(self._services.inbox.retire, self._bot, key, time.time())
        try:
            await retire()
            failpoint("dispatcher.retired")
        except PASSING:
            self._services.keep(retire)
        finally:
            # The reply is out even if this can't be written; after a restart the bot finds it in its ledger.
            if (answering := self._answers.get(key)) is not None:
                answering.done(answer or {})
