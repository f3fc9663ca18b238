"""Messages on their way to the dispatcher: what comes while questions are on their way goes with the next.

A frame, a task and an answer for each message alone would cost more than storing it; and what is asked
together is stored with one sync of the disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog

from agent_runtime.mail import Arrival
from agent_runtime.wire import Json, Line, ProblemError

log = structlog.get_logger()

# Before the gateway gives up (30 s), so that the platform reads what is the matter.
_STORED_WITHIN = 20.0
_MOST_TOGETHER = 256
# While one is synced to the disk the next one is put together.
_QUESTIONS_AT_ONCE = 2
# JSON may write a byte as three; a frame has 8 MiB.
_MOST_BYTES = 2 * 1024 * 1024


@dataclass(slots=True)
class _Waiting:
    """One message, and who waits until it is stored."""

    item: tuple[object, ...]
    length: int
    since: float
    stored: asyncio.Future[None]


class Submissions:
    """One for the receiver's process."""

    def __init__(self, dispatcher: Line) -> None:
        self._dispatcher = dispatcher
        # To ask for the running one is a call of the kernel in Python 3.11, and messages are many.
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Waiting] = deque()
        self._asking = 0
        self._beginning = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def store(self, bot: str, channel: str, arrival: Arrival, length: int) -> None:
        """Returns after the commit; `length` is what the message has in bytes. Raises ProblemError."""
        loop = self._loop
        ids = (arrival.platform_id, arrival.conversation, arrival.sender)
        item = (bot, channel, *ids, arrival.payload, *((True,) if arrival.stops else ()))
        each = _Waiting(item, length, loop.time(), loop.create_future())
        self._waiting.append(each)
        if self._asking < _QUESTIONS_AT_ONCE and not self._beginning:
            # What else comes in this turn of the event loop goes along.
            self._beginning = True
            loop.call_soon(self._begin)
        await each.stored

    def _begin(self) -> None:
        self._beginning = False
        self._asking += 1
        task = asyncio.create_task(self._send())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._ask(self._together())
        finally:
            self._asking -= 1

    def _together(self) -> list[_Waiting]:
        """The next that go as one question."""
        together = [self._waiting.popleft()]
        length = together[0].length
        while self._waiting and len(together) < _MOST_TOGETHER:
            length += self._waiting[0].length
            if length > _MOST_BYTES:
                break
            together.append(self._waiting.popleft())
        return together

    async def _ask(self, together: list[_Waiting]) -> None:
        try:
            async with asyncio.timeout_at(together[0].since + _STORED_WITHIN):
                question = {"items": [each.item for each in together]}
                answer = await self._dispatcher.ask("submit_all", question, again=True)
        except TimeoutError:
            _settle(together, ProblemError(503, "not stored in time", "send it again"), {})
        except ProblemError as error:
            _settle(together, error, {})
        except Exception as error:
            await self._ask_each(together, error)
        else:
            _settle(together, None, answer["problems"])

    async def _ask_each(self, together: list[_Waiting], error: Exception) -> None:
        """A message that can't even be asked about spoils no other."""
        if len(together) == 1:
            log.error("message_not_handed_over", exc_info=error)
            _settle(together, ProblemError(500, "internal error", "see the hive's log"), {})
            return
        for each in together:
            await self._ask([each])


def _settle(together: list[_Waiting], refusal: ProblemError | None, problems: Json) -> None:
    for number, each in enumerate(together):
        if each.stored.done():  # Whoever waited has gone.
            continue
        problem = refusal
        if problems and (told := problems.get(str(number))) is not None:
            problem = ProblemError.of(told)
        if problem is None:
            each.stored.set_result(None)
        else:
            each.stored.set_exception(problem)
