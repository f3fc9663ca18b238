"""One HTTP exchange with `git http-backend`: the request's body in, the answer out, both streamed.

Git ends when the client leaves, when the body is too large, and when the caller's time is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024
# How much more of a body that is too large is read, in times of what is allowed, and for how many seconds.
_MOST_DISCARDED = 8
_LONGEST_DISCARD = 20


class _TooLargeError(Exception):
    """The body is larger than allowed."""


class _GoneError(Exception):
    """The client has left."""


class Exchange:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send, largest_body: int) -> None:
        self._receive = receive
        self._send = send
        self._largest_body = largest_body
        self._started = False

    async def run(self, environment: dict[str, str]) -> None:
        """Runs Git with the request as its input and its output as the answer. Git ends when this does."""
        process = await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
            limit=_LONGEST_HEAD,
        )
        feeding = asyncio.create_task(self._feed(process))
        relaying = asyncio.create_task(self._relay(process))
        try:
            await asyncio.wait([feeding, relaying], return_when=asyncio.FIRST_COMPLETED)
            fault = feeding.exception() if feeding.done() else None
            if fault is None:
                # The body is with Git as long as nothing is wrong with it; only the answer is left to wait
                # for.
                await asyncio.wait([relaying])
                await _leave(process)
        finally:
            for task in (feeding, relaying):
                task.cancel()
            await asyncio.gather(feeding, relaying, return_exceptions=True)
            await _end(process)
        if isinstance(fault, _TooLargeError):
            await self._discard()
            await self.give_up(413, f"a push holds at most {self._largest_body >> 20} MiB; push in parts")
        elif fault is not None and not isinstance(fault, _GoneError):
            raise fault
        elif fault is None:
            await self.give_up(500, "the repository can't be read; run `botyard doctor`")

    async def give_up(self, status: int, text: str) -> None:
        """Answers with an error, unless an answer is under way."""
        if not self._started:
            self._started = True
            await answer(self._send, status, text)

    async def _discard(self) -> None:
        """Reads on for a while: a client that is still sending would not see the answer."""
        left = _MOST_DISCARDED * self._largest_body
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_DISCARD):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    async def _feed(self, process: asyncio.subprocess.Process) -> None:
        """Hands the request's body on as it comes, then watches for the client's leaving."""
        assert process.stdin is not None
        taken = 0
        with contextlib.suppress(ConnectionError):
            more = True
            while more:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    raise _GoneError
                body = message.get("body", b"")
                taken += len(body)
                if taken > self._largest_body:
                    raise _TooLargeError
                process.stdin.write(body)
                await process.stdin.drain()
                more = message.get("more_body", False)
        process.stdin.close()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        raise _GoneError

    async def _relay(self, process: asyncio.subprocess.Process) -> None:
        """Turns the CGI answer into an ASGI one, its body as it comes.

        Sends nothing if there is no answer.
        """
        assert process.stdout is not None
        try:
            head = await process.stdout.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        status, headers = _parse_head(head)
        # Git sends its head before it has read the request; held back, a refusal can still take its place.
        chunk = await process.stdout.read(_CHUNK)
        self._started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        while chunk:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await process.stdout.read(_CHUNK)
        await self._send({"type": "http.response.body", "body": b""})


async def answer(send: Send, status: int, text: str) -> None:
    """An answer of one line of text."""
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _parse_head(head: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    status = 200
    headers = []
    for line in head.decode("latin-1").split("\r\n"):
        name, colon, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        elif colon:
            headers.append((name.lower().encode("latin-1"), value.strip().encode("latin-1")))
    return status, headers


async def _leave(process: asyncio.subprocess.Process) -> None:
    """Gives Git, whose answer is complete, the moment it needs to end by itself."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), 5.0)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends Git and what it started. Told nicely first, so that it removes its locks and its quarantine."""
    for told, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, told)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)
