"""The frames that receiver and listeners speak to the dispatcher."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from agent_runtime.dispatcher.dispatcher import Dispatcher
from agent_runtime.dispatcher.registry import Registration
from agent_runtime.dispatcher.stored import stored
from agent_runtime.dispatcher.watchers import until_withdrawn
from agent_runtime.listeners.shares import share_of
from agent_runtime.mail import Arrival
from agent_runtime.supervisor import pss
from agent_runtime.wire import Call, Json, Peer, ProblemError


class Desk:
    """Answers questions; one for all connections."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._answers: dict[str, Callable[[Call], Awaitable[Json | None]]] = {
            "submit": self._submit,
            "submit_all": self._submit_all,
            "register": self._register,
            "admit": self._admit,
            "remove": self._remove,
            "bots": self._bots,
            "status": self._status,
            "vitals": self._vitals,
            "start": self._start,
            "probe": self._probe,
            "chat": self._chat,
            "cancel": self._cancel,
            "call": self._call,
            "draft": self._draft,
            "watch": self._watch,
            "listen": self._listen,
            "reports": self._reports,
            "acknowledge": self._acknowledge,
        }

    async def asked(self, call: Call) -> Json | None:
        answer = self._answers.get(call.kind)
        if answer is None:
            raise ProblemError(404, "no such question", f"the dispatcher knows no {call.kind}")
        return await answer(call)

    def heard(self, _: Peer, kind: str, data: Json) -> None:
        if kind == "channel":
            self._dispatcher.channel_state(data["bot"], data["channel"], data["state"])
        elif kind == "log":
            self._dispatcher.services.logbook.write(data["bot"], data["record"])

    async def _submit(self, call: Call) -> Json:
        arrivals = [Arrival(**each) for each in call.data["arrivals"]]
        fresh = await self._dispatcher.submit(call.data["bot"], call.data["channel"], arrivals)
        return {"new": fresh}

    async def _submit_all(self, call: Call) -> Json:
        items = [(bot, channel, Arrival(*rest)) for bot, channel, *rest in call.data["items"]]
        problems = await self._dispatcher.submit_all(items)
        return {"problems": {str(number): error.problem for number, error in problems.items()}}

    async def _register(self, call: Call) -> Json:
        return await self._dispatcher.register(call.data["bot"], call.data["revision"])

    async def _admit(self, call: Call) -> None:
        data = call.data
        await self._dispatcher.admit(data["bot"], data["channel"], data["sealed"], data["digest"])

    async def _remove(self, call: Call) -> None:
        await self._dispatcher.remove(call.data["bot"])

    async def _bots(self, _: Call) -> Json:
        return {"bots": self._dispatcher.bots()}

    async def _status(self, call: Call) -> Json:
        bot: str = call.data["bot"]
        status, pid = self._dispatcher.status(bot), self._dispatcher.worker(bot)
        # Counting pages takes a moment, so that nobody has it done who did not ask.
        return {**status, "memory": await asyncio.to_thread(pss, pid) if pid is not None else None}

    async def _vitals(self, _: Call) -> Json:
        return self._dispatcher.vitals()

    async def _start(self, call: Call) -> Json:
        return await self._dispatcher.start(call.data["bot"])

    async def _probe(self, call: Call) -> Json:
        return await self._dispatcher.probe(call.data["bot"])

    async def _chat(self, call: Call) -> Json:
        return await self._dispatcher.chat(call.data["bot"], Arrival(**call.data["arrival"]), call.part)

    async def _cancel(self, call: Call) -> None:
        await self._dispatcher.cancel(call.data["bot"], call.data["conversation"])

    async def _call(self, call: Call) -> Json:
        return await self._dispatcher.call(call.data["bot"], call.data["method"], call.data["params"])

    async def _draft(self, call: Call) -> Json:
        return await self._dispatcher.draft(call.data, call.part)

    async def _watch(self, call: Call) -> None:
        """Every bot's status, `ready`, and then every change."""
        watchers = self._dispatcher.watchers
        for bot in self._dispatcher.bots():
            call.part({"event": "status", "data": self._dispatcher.status(bot)})
        call.part({"event": "ready", "data": {}})
        watchers.of_status.add(call.part)
        try:
            await until_withdrawn()
        finally:
            watchers.of_status.discard(call.part)

    async def _listen(self, call: Call) -> None:
        """The bots in one listener's share, and then every change. Without one: all, with their proofs."""
        tell = partial(_tell_listener, call, call.data.get("index"), call.data.get("count"))
        for registration in self._dispatcher.registrations():
            tell(registration, True)
        call.part({"ready": True})
        watchers = self._dispatcher.watchers
        watchers.of_bots.add(tell)
        try:
            await until_withdrawn()
        finally:
            watchers.of_bots.discard(tell)

    async def _reports(self, call: Call) -> Json:
        inbox = self._dispatcher.services.inbox
        reports = await stored(inbox.reports(call.data["after"], call.data["limit"]))
        return {
            "reports": [
                {"id": r.id, "seq": r.seq, "kind": r.kind, "bot": r.bot, "at": r.at, "data": r.data}
                for r in reports
            ]
        }

    async def _acknowledge(self, call: Call) -> None:
        await stored(self._dispatcher.services.inbox.acknowledge(call.data["upto"]))


def _tell_listener(
    call: Call, index: int | None, count: int | None, registration: Registration, there: bool
) -> None:
    if index is not None and count is not None and share_of(registration.bot, count) != index:
        return
    told: dict[str, Any] = {"bot": registration.bot, "there": there, "revision": registration.revision}
    if index is None:
        told["proofs"], told["signing"] = registration.proofs(), registration.signing()
    else:
        told["channels"] = {} if registration.paused else registration.tokens()
    call.part(told)
