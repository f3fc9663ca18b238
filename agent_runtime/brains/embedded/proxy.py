"""The HTTP side of the embedded brain: reads a question and relays the model's answer as it comes.

A connection carries one question and its answer, then closes. Of an answer only the status is looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import h11
import structlog

from agent_runtime.brains.embedded.loader import Loader, ModelError
from agent_runtime.brains.embedded.request import BadRequestError, read, shorter
from agent_runtime.brains.embedded.weights import MODEL_NAME

log = structlog.get_logger()

LARGEST_BODY = 1024 * 1024
_AT_ONCE = 32
_READ_WITHIN = 30.0  # for the question to arrive
_QUIET = 180.0  # between two pieces of an answer, the wait for a free slot included
_PIECE = 64 * 1024


class _Refusal(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, status: int, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {"error": {"message": detail, "type": "invalid_request_error", "code": status, **more}}


class Proxy:
    """`handle` is an asyncio connection callback."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._open = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            await self._answer(reader, writer)
        except _Refusal as refusal:
            _send(writer, refusal.status, refusal.body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("question_dropped", reason=type(error).__name__)
        finally:
            self._open -= 1
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.drain(), _READ_WITHIN)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_READ_WITHIN):
                request, body = await _request(reader, writer)
        except TimeoutError:
            raise _Refusal(408, "the question did not arrive in time") from None
        method, path = request.method.decode(), request.target.decode().partition("?")[0]
        if (method, path) == ("GET", "/healthz"):
            _send(writer, 200, {"ok": True, "loaded": self._loader.loaded})
        elif (method, path) == ("GET", "/v1/models"):
            model = {"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "botyard"}
            _send(writer, 200, {"object": "list", "data": [model]})
        elif (method, path) == ("POST", "/v1/chat/completions"):
            await self._chat(body, reader, writer)
        else:
            raise _Refusal(404, "the embedded brain answers POST /v1/chat/completions and GET /v1/models")

    async def _chat(self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question: dict[str, Any] | None = read(body)
        except BadRequestError as error:
            raise _Refusal(400, str(error)) from error
        if self._open > _AT_ONCE:
            raise _Refusal(429, "the embedded model is busy: ask again in some seconds")
        gone = asyncio.create_task(reader.read(1))
        relaying = asyncio.create_task(self._relay(question, writer))
        try:
            await asyncio.wait({gone, relaying}, return_when=asyncio.FIRST_COMPLETED)
            if relaying.done():
                relaying.result()
        finally:
            for task in (gone, relaying):
                task.cancel()
            await asyncio.gather(gone, relaying, return_exceptions=True)

    async def _relay(self, question: dict[str, Any] | None, writer: asyncio.StreamWriter) -> None:
        try:
            async with self._loader.model() as socket:
                while question is not None:
                    if await _ask(str(socket), question, writer):
                        return
                    question = shorter(question)
        except ModelError as error:
            raise _Refusal(503, str(error), type="server_error") from error
        except (OSError, TimeoutError) as error:
            if not isinstance(error, TimeoutError):
                raise _Refusal(502, "the embedded model broke off: ask again", type="server_error") from error
            await self._loader.unload()  # silent for minutes: it will not come back by itself
            raise _Refusal(
                504, "the embedded model did not answer: ask again", type="server_error"
            ) from error
        raise _Refusal(400, "the message is too long for the embedded model")


async def _ask(socket: str, question: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
    """Pass the model's answer on; False, with nothing passed, when the question exceeds its context."""
    reader, upstream = await asyncio.open_unix_connection(socket)
    try:
        body = json.dumps(question).encode()
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: model\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        upstream.write(head.encode() + body)
        async with asyncio.timeout(_QUIET):
            piece = await reader.read(_PIECE)
        if piece.split(b" ", 2)[1:2] == [b"400"]:
            async with asyncio.timeout(_READ_WITHIN):
                piece += await reader.read()
            if b"exceed_context_size" in piece:
                return False
        if not piece:
            raise ConnectionResetError
        while piece:
            writer.write(piece)
            async with asyncio.timeout(_QUIET):
                await writer.drain()
                piece = await reader.read(_PIECE)
        return True
    finally:
        upstream.close()
        with contextlib.suppress(OSError):
            await upstream.wait_closed()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[h11.Request, bytes]:
    connection = h11.Connection(h11.SERVER)
    request: h11.Request | None = None
    body = bytearray()
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise _Refusal(error.error_status_hint, f"not HTTP: {error}") from error
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.receive_data(await reader.read(_PIECE))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST_BODY:
                raise _Refusal(413, "the question is larger than 1 MiB")
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return request, bytes(body)
        else:
            raise ConnectionResetError


def _send(writer: asyncio.StreamWriter, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status} Botyard\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
