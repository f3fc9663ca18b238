"""The bot: answers each mail once, whatever happens in between."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from agent_runtime.access import Access, CallError
from agent_runtime.bot.answer import Answer, TurnFailedError
from agent_runtime.bot.attachments import NOT_HEARD, BudgetUsedUpError, read_attached
from agent_runtime.bot.calls import Calls
from agent_runtime.bot.delivery import Delivery, Report
from agent_runtime.bot.notices import Notices
from agent_runtime.bot.preview import KeptPreview
from agent_runtime.bot.purse import LedgerPurse, said_of
from agent_runtime.bot.running import Running, StoppedError
from agent_runtime.brains.brain import BrainError, Message, Prompt
from agent_runtime.brains.choose import Brains
from agent_runtime.brains.policy import Breaker, Said, ask
from agent_runtime.channels.channel import Incoming, Introducing, Outbound
from agent_runtime.channels.open import open_outbounds
from agent_runtime.commands import COMMANDS, FORGOTTEN, NOTHING_RUNS, STOP, greeting_of, help_of, usage_of
from agent_runtime.documents import UnreadableError
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Mail, MailWaitsError
from agent_runtime.media import Media
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec
from agent_runtime.store.ledger import Ledger, Turn, TurnState
from agent_runtime.store.ledger.records import utc_day
from agent_runtime.turn import TOO_MANY, TURN_SECONDS, Outcome, notice_of, outcome_of, prompt_of

log = structlog.get_logger()

_DAY = 86_400.0
# Platforms repeat a message for a day or two; its key is kept for longer than that.
_KEY_DAYS = 7
Stream = Callable[[str], None]


class Bot:
    """One deployed or draft bot. `report` never blocks; `stream` gets a reply's text as it comes."""

    def __init__(
        self,
        bot_id: str,
        spec: BotSpec,
        secrets: Mapping[str, str],
        ledger: Ledger,
        settings: RuntimeSettings,
        report: Report,
    ) -> None:
        self._id = bot_id
        self._spec = spec
        self._ledger = ledger
        self._report_out = report
        self._brains = Brains(spec, secrets, settings)
        self._breaker = Breaker()
        self._notices = Notices()
        self._outbounds = open_outbounds(spec, secrets, settings)
        self._access = Access(spec.access, ledger.people, greeting_of(spec), self._report)
        self._delivery = Delivery(ledger.outbox, self._report)
        self._calls = Calls(ledger, self._access, self._outbounds)
        self._running = Running()
        self._pruned_at = 0.0

    def _report(self, kind: str, data: dict[str, Any]) -> Awaitable[Any] | None:
        return self._report_out(kind, {"id": f"{self._id}/{kind}/{time.time_ns()}", **data})

    async def begin(self) -> None:
        """Once at the start, beside the mail: platforms show the bot as its specification has it."""
        for name, outbound in self._outbounds.items():
            if isinstance(outbound, Introducing):
                before = await self._ledger.people.note(f"introduced:{name}")
                if (now := await outbound.introduce(before)) != before:
                    await self._ledger.people.set_note(f"introduced:{name}", now)

    async def answer(self, mail: Mail, stream: Stream) -> Answer:
        """Answer a mail and see its reply out; the same mail again finishes what was left, and no more."""
        outbound = self._outbounds.get(mail.channel)
        if outbound is None:
            # The channel was taken out of the specification while the message waited.
            log.warning("channel_closed", channel=mail.channel)
            return Answer("", conversation=mail.conversation, finish="notice")
        with self._running.answering(mail.conversation):
            return await self._answered(mail, outbound, stream)

    async def _answered(self, mail: Mail, outbound: Outbound, stream: Stream) -> Answer:
        await self._leftovers(mail, outbound)
        incoming = await outbound.read(json.loads(mail.payload))
        if incoming.overheard:
            return Answer("", conversation=mail.conversation, finish="notice")
        turn = await self._ledger.turns.begin(
            Turn(
                mail.key, mail.conversation, mail.channel, mail.sender, _text(incoming.text), mail.received_at
            )
        )
        failpoint("worker.begun")
        if turn.state is TurnState.OPEN:
            turn = await self._reply(turn, incoming, outbound, stream)
        if turn.usage:
            self._report("usage", {**turn.usage, "id": f"{self._id}/usage/{turn.key}", "at": turn.at})
        if turn.state is TurnState.ANSWERED:
            await self._delivery.finish(turn, outbound)
        await self._prune()
        return Answer(turn.reply, turn.usage, turn.conversation, turn.finish)

    async def _leftovers(self, mail: Mail, outbound: Outbound) -> None:
        """Send earlier replies of this conversation whose mail was given up, so that order is kept.

        Nobody else works on this conversation: the dispatcher hands out one of its messages at a time.
        """
        for turn in await self._ledger.outbox.unsent(mail.conversation):
            if turn.key == mail.key:
                continue
            if mail.received_at - turn.at > _DAY:
                await self._delivery.drop(turn)
            else:
                await self._delivery.finish(turn, outbound)

    async def _reply(self, turn: Turn, incoming: Incoming, outbound: Outbound, stream: Stream) -> Turn:
        notice = await self._notice(turn, incoming)
        if notice is not None:
            if turn.channel != "web" and not self._notices.may_tell(turn.sender):
                log.info("not_told_again", conversation=turn.conversation, sender=turn.sender)
                notice = replace(notice, reply="")
            stream(notice.reply)
            return await self._store(turn, outbound, incoming, notice)
        begun = time.monotonic()
        preview = KeptPreview(self._ledger.turns, turn)
        async with outbound.working(turn.conversation, incoming.answer_to, preview) as show:

            def both(text: str) -> None:
                stream(text)
                show(text)

            outcome = await self._stoppable(turn, incoming, outbound, both)
        log.info(
            "turn_taken",
            conversation=turn.conversation,
            finish=outcome.finish,
            seconds=round(time.monotonic() - begun, 2),
            **{
                key: outcome.usage[key]
                for key in ("model", "tokens_in", "tokens_out")
                if key in outcome.usage
            },
        )
        self._tell(turn, outcome.said, answered=outcome.remembered)
        return await self._store(turn, outbound, incoming, outcome, preview.id)

    async def _store(
        self,
        turn: Turn,
        outbound: Outbound,
        incoming: Incoming,
        outcome: Outcome,
        shown: str | None = None,
    ) -> Turn:
        reply = outcome.reply
        parts = []
        if reply or incoming.awaited:
            parts = outbound.parts(turn.conversation, reply, incoming.answer_to, shown)
        for conversation, text in outcome.aside:
            parts += outbound.parts(conversation, text)
        stored = await self._ledger.turns.answer(
            turn.key, reply, outcome.finish, outcome.usage, parts, outcome.remembered
        )
        failpoint("worker.replied")
        return stored

    async def _notice(self, turn: Turn, incoming: Incoming) -> Outcome | None:
        """A sentence in place of a turn: to those who may not talk, to a command, to what is no text."""
        if turn.channel != "web":
            # On the web channel the control API has already decided who may.
            verdict = await self._access.check(turn.sender, turn.conversation, incoming, turn.at)
            if verdict is not None:
                return notice_of(verdict.text, aside=verdict.aside)
        if incoming.command in COMMANDS:
            return await self._carried_out(incoming.command, incoming.slash, turn)
        if incoming.unreadable is not None:
            return notice_of(
                f"I take text, files, pictures and voice messages, and this is {incoming.unreadable}."
            )
        if await self._taken(turn) >= self._spec.budget.turns_per_user_per_hour:
            self._tell_budget("turns_per_user_per_hour")
            return notice_of(TOO_MANY)
        return None

    async def _carried_out(self, command: str, slash: str, turn: Turn) -> Outcome:
        match command:
            case "help":
                return notice_of(help_of(self._spec, slash))
            case "usage":
                totals = await self._ledger.spend.totals(utc_day(turn.at))
                return notice_of(usage_of(self._spec, totals, await self._taken(turn)))
            case "reset":
                # What follows goes by nothing before it; to its owner the conversation stays readable.
                return notice_of(FORGOTTEN, "reset", remembered=True)
        # The reply that was stopped says so itself.
        return notice_of("" if self._running.was_interrupted(turn.conversation) else NOTHING_RUNS)

    async def _taken(self, turn: Turn) -> int:
        return await self._ledger.turns.taken_since(turn.sender, turn.at - 3600)

    async def _stoppable(self, turn: Turn, incoming: Incoming, outbound: Outbound, stream: Stream) -> Outcome:
        said = Said()
        work = self._prepared(turn, incoming, outbound, said, stream)
        try:
            return await self._running.run(turn.conversation, work)
        except StoppedError:
            said.outcome = "stopped"
            return outcome_of(said, stream)

    async def _prepared(
        self, turn: Turn, incoming: Incoming, outbound: Outbound, said: Said, stream: Stream
    ) -> Outcome:
        """Take the turn, once what came with the message is read."""
        if (before := said_of(turn.journal)) is not None:
            # The worker that asked the model died before it stored the reply.
            stream(before.text)
            return outcome_of(before, stream)
        if not incoming.attached:
            return await self._take(turn, said, stream)
        purse = LedgerPurse(self._ledger.spend, self._spec.budget, turn.key)
        try:
            read = await read_attached(turn, incoming.text, incoming.attached, outbound, self._brains, purse)
        except UnreadableError as error:
            return notice_of(str(error))
        except BudgetUsedUpError as error:
            said.outcome, said.limit = "budget", str(error)
            return outcome_of(said, stream)
        except BrainError as error:
            said.failures.append(error)
            return replace(notice_of(NOT_HEARD), said=said)
        text = _text(read.text)
        # The conversation keeps what was in the file; pictures and sounds only the model of this turn gets.
        await self._ledger.turns.amend(turn.key, text)
        said.used.extend(read.used)
        return await self._take(replace(turn, text=text), said, stream, read.media)

    async def _take(self, turn: Turn, said: Said, stream: Stream, media: tuple[Media, ...] = ()) -> Outcome:
        history = await self._ledger.turns.history(turn.conversation, self._spec.memory.turns)
        purse = LedgerPurse(self._ledger.spend, self._spec.budget, turn.key)
        while True:
            prompt = prompt_of(self._spec.instructions, history, turn.text, media=media)
            able = [brain for brain in self._brains.all if all(brain.takes(each) for each in media)]
            await ask(able, prompt, purse, stream, TURN_SECONDS, self._breaker, said)
            if not (said.too_long and history):
                return outcome_of(said, stream)
            # Nothing was said yet: a model with a short memory gets the latter half of the conversation.
            history = history[(len(history) + 1) // 2 :]
            said.failures.clear()

    async def draft(
        self, messages: Sequence[Mapping[str, Any]], stream: Stream, max_output_tokens: int | None = None
    ) -> Answer:
        """A turn that is not remembered and has no effects; `TurnFailedError` when no model answered."""
        system = [Message("system", self._spec.instructions)] if self._spec.instructions.strip() else []
        prompt = Prompt((*system, *map(_message, messages)), max_output_tokens)
        purse = LedgerPurse(self._ledger.spend, self._spec.budget, None)
        said = await ask(self._brains.all, prompt, purse, stream, TURN_SECONDS, self._breaker)
        outcome = outcome_of(said, stream, limited=max_output_tokens is not None)
        if outcome.usage:
            self._report("usage", {**outcome.usage, "at": time.time(), "draft": True})
        if outcome.said.limit:
            raise TurnFailedError(
                f"The bot's budget for today is used up ({outcome.said.limit}).",
                f"Raise budget.{outcome.said.limit}, or wait until midnight UTC.",
            )
        if outcome.finish in ("failed", "partial"):
            last = outcome.said.failures[-1] if outcome.said.failures else None
            reason = last.reason if last else "The model did not answer in time."
            raise TurnFailedError(reason, last.next_step if last else "Choose a faster model.")
        return Answer(outcome.reply, outcome.usage, "", outcome.finish)

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What the owner asks: see `Calls`."""
        return await self._calls.call(method, params)

    async def cancel(self, conversation: str, *, by_message: bool = False) -> bool:
        """Stop the turn that runs in a conversation, or is about to; what was said so far is its reply."""
        return self._running.stop(conversation, by_message=by_message)

    async def interrupt(self, conversation: str, sender: str, channel: str = "", payload: str = "") -> None:
        """As `cancel`, for somebody who talks to the bot there; the message that says so comes after it.

        Where several bots are, only the message itself tells which of them is meant.
        """
        outbound = self._outbounds.get(channel)
        if outbound is not None and payload:
            try:
                incoming = await outbound.read(json.loads(payload))
            except MailWaitsError:
                return
            if incoming.command != STOP:
                return
        if await self._access.may(sender, conversation):
            await self.cancel(conversation, by_message=True)

    def _tell(self, turn: Turn, said: Said, answered: bool) -> None:
        if said.limit:
            self._tell_budget(said.limit)
        if said.failures:
            last = said.failures[-1]
            data = {"reason": last.reason, "next_step": last.next_step, "answered": answered}
            self._report("model", {**data, "id": f"{self._id}/model/{turn.key}"})

    def _tell_budget(self, limit: str) -> None:
        day = utc_day(time.time())
        log.warning("budget_used_up", limit=limit)
        # One a day and limit, however many ask: the id makes the others the same report.
        self._report("budget", {"id": f"{self._id}/budget/{day}/{limit}", "limit": limit, "day": day})

    async def _prune(self) -> None:
        now = time.time()
        if now - self._pruned_at > 3600:
            self._pruned_at = now
            kept = self._spec.memory.retention_days * _DAY
            await self._ledger.turns.prune(now - kept, now - max(kept, _KEY_DAYS * _DAY))

    async def aclose(self) -> None:
        """Let go of connections and of the ledger's file."""
        await self._running.aclose()
        for outbound in self._outbounds.values():
            await outbound.aclose()
        await self._brains.aclose()
        await self._ledger.aclose()


def _text(text: str) -> str:
    """Broken clients send half a surrogate pair, which is no character and cannot be stored or sent."""
    return text.encode("utf-8", "replace").decode()


def _message(raw: Mapping[str, Any]) -> Message:
    role, content = raw.get("role"), raw.get("content")
    if role not in ("user", "assistant") or not isinstance(content, str):
        raise CallError(422, "Each message needs a role, user or assistant, and a text as its content.")
    return Message("user" if role == "user" else "assistant", _text(content))
