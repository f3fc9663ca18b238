"""The worker's process, from `hello` to leave.

The dispatcher says `hello` with the bot, its revision and its opened secrets, then hands out mail; each
message is answered in a task of its own. Idle for long enough, the worker asks for leave.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
import uvloop

from agent_runtime.mail import Mail, MailWaitsError
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import SpecError, read_spec
from agent_runtime.store.errors import StoreFullError
from agent_runtime.store.ledger import Ledger, memory_ledger
from agent_runtime.store.open import open_ledger_of
from agent_runtime.version import version
from agent_runtime.wire import FORMAT, Call, Json, Peer, ProblemError
from agent_runtime.worker.bots import AnyBot, MakeBot, plain_answer
from agent_runtime.worker.lock import hold_alone
from agent_runtime.worker.log import Redactor, SetUpLog, set_up_worker_log

log = structlog.get_logger()

# Reports that are stored before the bot goes on; all others are told, and made again where that counts.
_RECORDED = frozenset({"uncertain"})


def serve(settings: RuntimeSettings, make_bot: MakeBot, descriptor: int) -> None:
    """Be a worker on this connected socket until leave is granted or the socket closes."""
    connection = socket.socket(fileno=descriptor)
    connection.setblocking(False)
    uvloop.run(_serve(settings, make_bot, connection))


async def _serve(settings: RuntimeSettings, make_bot: MakeBot, connection: socket.socket) -> None:
    # A turn that is cut off here is taken up again by the next worker, as after any other death.
    await Worker(settings, make_bot, lambda: os._exit(0), set_up_worker_log).serve(connection)


class Worker:
    """What the dispatcher says, done; `leave` is set when it may end.

    `gone` is called when the dispatcher's end has closed; `set_up_log` makes the bot's lines go to the bot.
    """

    def __init__(
        self, settings: RuntimeSettings, make_bot: MakeBot, gone: Callable[[], None], set_up_log: SetUpLog
    ) -> None:
        self._settings = settings
        self._make_bot = make_bot
        self._set_up_log = set_up_log
        self.peer = Peer(self._asked, self._heard, lambda _: gone())
        self.leave = asyncio.Event()
        self._lock: int | None = None
        self._bot: AnyBot | None = None
        self._redactor = Redactor({})
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle_after = 60.0
        self._idle: asyncio.TimerHandle | None = None

    async def serve(self, connection: socket.socket) -> None:
        """Be the bot's worker on this connected socket until leave is granted."""
        await asyncio.get_running_loop().create_unix_connection(lambda: self.peer, sock=connection)
        await self.leave.wait()
        await self._close()

    async def _close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._bot is not None:
            await self._bot.aclose()
        self.peer.close()
        if self._lock is not None:
            os.close(self._lock)

    def _heard(self, _: Peer, kind: str, data: Json) -> None:
        if kind == "mail":
            self._run(self._answer(Mail.from_dict(data["mail"]), bool(data["stream"])))
        elif kind == "hello":
            self._run(self._begin(data))
        elif kind == "interrupt" and self._bot is not None:
            # A dispatcher of the version before tells no more than where and who.
            more = str(data.get("channel", "")), str(data.get("payload", ""))
            self._run(self._bot.interrupt(data["conversation"], data["sender"], *more))
        elif kind == "rest":
            self._run(self._ask_leave())
        elif kind == "bye":
            self.leave.set()

    async def _asked(self, call: Call) -> Json | None:
        bot = self._bot
        if bot is None:
            raise ProblemError(503, "not ready")
        try:
            return await self._do(bot, call)
        except ProblemError:
            raise
        except Exception as error:
            problem = self._problem(502, error)
            if _is_told(error):
                level = log.info if problem.status < 500 else log.warning
                level("question_refused", kind=call.kind, reason=self._words(error))
            else:
                log.warning("question_failed", kind=call.kind, exc_info=error)
            raise problem from None
        finally:
            self._rest_later()

    async def _do(self, bot: AnyBot, call: Call) -> Json | None:
        data = call.data
        if call.kind == "draft":

            def stream(text: str) -> None:
                call.part({"event": "delta", "data": {"text": text}})

            limit = data.get("max_output_tokens")
            async with asyncio.timeout(self._settings.turn_seconds):
                return plain_answer(await bot.draft(data["messages"], stream, limit))
        if call.kind == "call":
            return await bot.call(data["method"], data["params"])
        if call.kind == "cancel":
            await bot.cancel(data["conversation"])
            return None
        raise ProblemError(404, "no such question", f"a worker knows no {call.kind}")

    # Beginning

    async def _begin(self, hello: Mapping[str, Any]) -> None:
        self._redactor = Redactor(hello["secrets"])
        try:
            self._bot = await self._make(hello)
        except ProblemError as error:
            self.peer.tell("unfit", error.problem)
            self.leave.set()
        except StoreFullError as error:
            self.peer.tell("unfit", ProblemError(507, "no room", str(error)).problem)
            self.leave.set()
        except Exception as error:
            log.error("bot_not_made", exc_info=error)
            self.peer.tell("unfit", self._problem(500, error).problem)
            self.leave.set()
        else:
            self.peer.tell("ready", {"version": version()})
            if hello.get("draft") is None:
                self._run(self._first(self._bot))
            self._rest_later()

    async def _first(self, bot: AnyBot) -> None:
        """What nobody waits for: its failure is for the log, and the next worker's to mend."""
        try:
            await bot.begin()
        except Exception as error:
            log.warning("beginning_failed", reason=self._words(error))

    async def _make(self, hello: Mapping[str, Any]) -> AnyBot:
        if (spoken := hello.get("format", 1)) > FORMAT:
            # 503: the launcher that forked this is of the version before, and about to be replaced as well.
            detail = f"it was told in format {spoken}, this worker ({version()}) reads up to {FORMAT}"
            raise ProblemError(503, "another version", detail)
        bot_id, draft = hello["bot"], hello.get("draft")
        home = self._settings.paths
        ledger: Ledger
        if draft is not None:
            text, ledger = draft.encode(), memory_ledger()
        else:
            self._lock = await hold_alone(home.bot(bot_id))
            text = (home.revision(bot_id, hello["revision"]) / "bot.yaml").read_bytes()
            ledger = open_ledger_of(self._settings, bot_id)
        try:
            spec, _ = read_spec(text)
        except SpecError as error:
            raise ProblemError(422, "the specification is not valid", str(error)) from None
        self._set_up_log(spec.log_level, self._redactor, lambda record: self.peer.tell("log", record))
        # The prefix keeps an owner's variables apart from ours.
        os.environ.update({f"BOT_{name}": value for name, value in spec.environment.items()})
        self._idle_after = float(hello.get("idle_after", self._idle_after))
        return self._make_bot(bot_id, spec, hello["secrets"], ledger, self._settings, self._report)

    # Answering

    async def _answer(self, mail: Mail, streamed: bool) -> None:
        def stream(text: str) -> None:
            if streamed and text:
                self.peer.tell("delta", {"key": mail.key, "text": text})

        assert self._bot is not None
        try:
            async with asyncio.timeout(self._settings.turn_seconds):
                answer = await self._bot.answer(mail, stream)
        except MailWaitsError as error:
            told = {"key": mail.key, "reason": self._words(error), "next_step": error.next_step}
            self.peer.tell("waits", {**told, "for_revision": error.for_revision})
        except Exception as error:
            if _is_told(error):
                log.error("message_not_answered", key=mail.key, reason=self._words(error))
            else:
                log.error("message_not_answered", key=mail.key, exc_info=error)
            self.peer.tell("failed", {"key": mail.key, "reason": self._words(error)})
        else:
            whole = plain_answer(answer) if streamed else None
            self.peer.tell("done", {"key": mail.key, "answer": whole})

    def _report(self, kind: str, data: dict[str, Any]) -> Awaitable[Any] | None:
        """A report with an `id` in its data is counted once under it, however often it is made."""
        data = dict(data)
        told = {"id": data.pop("id", None), "kind": kind, "data": self._redactor.clean(data)}
        if kind in _RECORDED:
            return self.peer.ask("report", told)
        self.peer.tell("report", told)
        return None

    # Leaving

    def _rest_later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(self._idle_after, lambda: self._run(self._ask_leave()))

    async def _ask_leave(self) -> None:
        """The dispatcher knows what is in hand here, and what is on its way."""
        answer = await self.peer.ask("leave", {})
        if answer["granted"]:
            self.leave.set()
        else:
            self._rest_later()

    def _run(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ran)

    def _ran(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not self.leave.is_set():
            self._rest_later()

    def _words(self, error: Exception) -> str:
        if isinstance(error, TimeoutError) and not str(error):
            return f"no answer within {self._settings.turn_seconds:g} s"
        # An expected error is worded for people; of any other its kind is told too.
        words = str(error) if _is_told(error) else f"{type(error).__name__}: {error}"
        return self._redactor.text(words)[:500]

    def _problem(self, status: int, error: Exception) -> ProblemError:
        """What went wrong in words; an error that has a problem of its own is told as that."""
        problem = getattr(error, "problem", None)
        if isinstance(problem, dict):
            return ProblemError.of({"status": status, **self._redactor.clean(problem)})
        more = {"next_step": step} if (step := getattr(error, "next_step", None)) else {}
        return ProblemError(status, "the bot failed", self._words(error), **self._redactor.clean(more))


def _is_told(error: Exception) -> bool:
    """Whether the error is one that its words explain; of any other the log needs the traceback."""
    return isinstance(error, TimeoutError) or hasattr(error, "next_step") or hasattr(error, "problem")
