"""A way to ask a part of the runtime: in another process it is `Link`, in this one `Near`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from agent_runtime.wire.peer import Asked, Call, Heard, Peer
from agent_runtime.wire.problem import Json, ProblemError

log = structlog.get_logger()


class Line(Protocol):
    """What asks need not know where it is answered."""

    async def ask(
        self,
        kind: str,
        data: Json,
        part: Callable[[Json], None] | None = None,
        *,
        again: bool = False,
        patience: float = 10.0,
    ) -> Json:
        """The answer; its parts go to `part`. Raises ProblemError, 503 when nobody is there."""

    def tell(self, kind: str, data: Json) -> None:
        """Say something that needs no answer."""

    def close(self) -> None:
        """Ask no more; whoever still waits for an answer hears that the part is restarting."""


class Near:
    """A `Line` to a part of this process: no frame is written, and none is read."""

    def __init__(self, asked: Asked, heard: Heard | None = None) -> None:
        self._asked, self._heard = asked, heard
        self._peer = Peer()
        self._tasks: set[asyncio.Task[Json | None]] = set()
        self._closed = False

    async def ask(
        self,
        kind: str,
        data: Json,
        part: Callable[[Json], None] | None = None,
        *,
        again: bool = False,
        patience: float = 10.0,
    ) -> Json:
        if self._closed:
            raise _restarting()
        # A task of its own, so that closing the line ends it as a closed socket would.
        task = asyncio.create_task(self._answer(Call(self._peer, kind, data, part or _to_nobody)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()  # The question is withdrawn.
            raise
        if task.cancelled():
            raise _restarting()
        return task.result() or {}

    def tell(self, kind: str, data: Json) -> None:
        if self._heard is not None and not self._closed:
            self._heard(self._peer, kind, data)

    def close(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()

    async def _answer(self, call: Call) -> Json | None:
        try:
            return await self._asked(call)
        except ProblemError:
            raise
        except Exception:
            log.exception("question_failed", kind=call.kind)
            raise ProblemError(500, "internal error", "see the runtime's log") from None


def _to_nobody(_: Json) -> None:
    """Nobody reads along."""


def _restarting() -> ProblemError:
    return ProblemError(503, "restarting", "this part is restarting; try again")
