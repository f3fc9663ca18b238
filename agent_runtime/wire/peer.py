"""How the processes of the hive speak: frames of JSON, each after its length, over Unix sockets.

A frame is four bytes of length and `[kind, number, data]`. Number 0 is a plain word; any other is a question,
answered under the same number by parts (`+`), a result (`=`) or a problem (`!`), or withdrawn (`-`).
"""

from __future__ import annotations

import asyncio
import itertools
import json
import struct
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

import structlog

from agent_runtime.wire.problem import Json, ProblemError

log = structlog.get_logger()

# What `hello` says. It grows by one when a worker of the version before would misread what it is told.
FORMAT = 1
LONGEST_FRAME = 8 * 1024 * 1024
_MOST_UNSENT = 4 * LONGEST_FRAME
_HEAD = struct.Struct(">I")


class PeerGoneError(Exception):
    """The other side's socket has closed; whether a question in flight took effect is not known."""


class Call:
    """A question that the other side asked; `part` sends it a piece of the answer before the whole."""

    __slots__ = ("data", "kind", "part", "peer")

    def __init__(self, peer: Peer, kind: str, data: Json, part: Callable[[Json], None]) -> None:
        self.peer, self.kind, self.data, self.part = peer, kind, data, part


Asked = Callable[[Call], Coroutine[Any, Any, Json | None]]
Heard = Callable[["Peer", str, Json], None]
Gone = Callable[["Peer"], None]


class Peer(asyncio.Protocol):
    """One end of a connection. `asked` answers questions, `heard` takes words, `gone` hears the end."""

    def __init__(
        self,
        asked: Asked | None = None,
        heard: Heard | None = None,
        gone: Gone | None = None,
    ) -> None:
        self._asked, self._heard, self._gone = asked, heard, gone
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, tuple[asyncio.Future[Json], Callable[[Json], None] | None]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= 4:
            (length,) = _HEAD.unpack_from(buffer, start)
            if length > LONGEST_FRAME:
                log.error("frame_too_long", length=length)
                self.close()
                return
            end = start + 4 + length
            if len(buffer) < end:
                break
            frame = bytes(buffer[start + 4 : end])
            start = end
            self._take(*json.loads(frame))
        del buffer[:start]

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(PeerGoneError("the other side has closed"))
        self._waiting.clear()
        for task in self._tasks.values():
            task.cancel()
        if self._gone is not None:
            self._gone(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def tell(self, kind: str, data: Json) -> None:
        """Say something that needs no answer; it is dropped when the other side is gone."""
        self.send(kind, 0, data)

    async def ask(self, kind: str, data: Json, part: Callable[[Json], None] | None = None) -> Json:
        """Ask and wait. Raises ProblemError when refused, PeerGoneError when the other side goes."""
        if self.closed or self._transport is None:
            raise PeerGoneError("the other side has closed")
        number = next(self._numbers)
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (future, part)
        try:
            self.send(kind, number, data)
            return await future
        finally:
            if self._waiting.pop(number, None) is not None and not self.closed and future.cancelled():
                self.send("-", number, {})

    def send(self, kind: str, number: int, data: Json) -> None:
        if self._transport is None or self.closed:
            return
        frame = json.dumps([kind, number, data], separators=(",", ":")).encode()
        if len(frame) > LONGEST_FRAME:
            raise ProblemError(
                413, "too long", f"a message of {len(frame)} bytes is more than {LONGEST_FRAME}"
            )
        self._transport.write(_HEAD.pack(len(frame)) + frame)
        if self._transport.get_write_buffer_size() > _MOST_UNSENT:
            log.error("peer_does_not_read", unsent=self._transport.get_write_buffer_size())
            self._transport.abort()

    def _take(self, kind: str, number: int, data: Json) -> None:
        if number == 0:
            if self._heard is not None:
                self._heard(self, kind, data)
        elif kind in {"=", "!", "+"}:
            self._take_answer(kind, number, data)
        elif kind == "-":
            if (task := self._tasks.get(number)) is not None:
                task.cancel()
        elif self._asked is not None:
            call = Call(self, kind, data, partial(self.send, "+", number))
            task = asyncio.create_task(self._answer(call, number))
            self._tasks[number] = task

    def _take_answer(self, kind: str, number: int, data: Json) -> None:
        future, part = self._waiting.get(number, (None, None))
        if future is None or future.done():
            return
        if kind == "+":
            if part is not None:
                part(data)
        elif kind == "=":
            future.set_result(data)
        else:
            future.set_exception(ProblemError.of(data))

    async def _answer(self, call: Call, number: int) -> None:
        assert self._asked is not None
        try:
            result = await self._asked(call)
            self.send("=", number, result or {})
        except ProblemError as error:
            self.send("!", number, error.problem)
        except asyncio.CancelledError:
            # Withdrawn, or this process ends; then the socket's closing says that it may be asked again.
            pass
        except Exception:
            log.exception("question_failed", kind=call.kind)
            self.send("!", number, {"title": "internal error", "status": 500, "detail": "see the hive's log"})
        finally:
            self._tasks.pop(number, None)
