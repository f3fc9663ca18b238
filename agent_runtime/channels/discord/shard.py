"""One connection to Discord's gateway after the other, in one session for as long as Discord lets it.

https://docs.discord.com/developers/events/gateway#connections. Events are heard by one task and dealt with by
another, in their order, so that heartbeats go on while something is stored or fetched. Discord is told only
of those that are stored: the others it sends again to whoever resumes.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from agent_runtime.channels.discord.session import Session
from agent_runtime.network import CONNECT_SECONDS, ssl_context

log = structlog.get_logger()

Json = dict[str, Any]
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes
_DISPATCH, _HEARTBEAT, _IDENTIFY, _RESUME, _RECONNECT, _INVALID, _HELLO, _ACK = 0, 1, 2, 6, 7, 9, 10, 11
# Close codes after which a session is not taken up again, and those after which trying again changes nothing.
_NEW_SESSION = frozenset({1000, 1001, 4003, 4007, 4009})
FATAL = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
# One that keeps the session: 1000 and 1001 would end it.
_KEEP = 4000
# A server with very many channels and threads is told in one message.
_LARGEST_EVENT = 32 * 1024 * 1024
_MOST_WAITING = 256
_HEARD = frozenset({"READY", "RESUMED", "GUILD_CREATE", "MESSAGE_CREATE", "INTERACTION_CREATE"})
_PROPERTIES = {"os": "linux", "browser": "botyard", "device": "botyard"}


class FatalCloseError(Exception):
    """Discord has closed the connection for a reason that trying again does not change: `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Discord closed the connection ({code})")
        self.code = code


class BrokenError(Exception):
    """A connection ended, or did not come about; the next one may do better."""


@dataclass(slots=True)
class Event:
    """What Discord has dispatched, and for an interaction the task that answers it."""

    name: str
    seq: int
    data: Json
    answering: asyncio.Future[None] | None = None


class Hearing(Protocol):
    """What a shard asks of those around it."""

    async def start(self, shard: int) -> str:
        """Returns when a session may be started, with the URL for that. Raises what a call raises."""

    async def deal(self, session: Session, events: list[Event]) -> None:
        """Deal with events in their order; returns once their messages are stored."""

    async def answer(self, interaction: Json) -> None:
        """Store an interaction and say that an answer follows; returns once it is stored."""


class Shard:
    """`run` goes on until it is cancelled. Raises FatalCloseError."""

    def __init__(
        self,
        hearing: Hearing,
        session: Session,
        token: str,
        intents: int,
        shard: tuple[int, int],
        trouble: Callable[[str], float],
    ) -> None:
        self._hearing, self._session = hearing, session
        self._token, self._intents, self._shard = token, intents, shard
        self._trouble = trouble
        self._acknowledged = True
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(_MOST_WAITING)
        # Events that were heard and are not dealt with.
        self._open = 0

    async def run(self) -> None:
        while True:
            began, reason = time.monotonic(), ""
            try:
                await self._connection()
            except BrokenError as error:
                log.info("discord_disconnected", shard=self._shard[0], reason=str(error))
                reason = str(error)
            # A connection that held is taken up again at once.
            if not self._session.id or time.monotonic() - began < 5:
                await asyncio.sleep(self._trouble(reason))

    async def _connection(self) -> None:
        session = self._session
        url = session.url if session.id else await self._hearing.start(self._shard[0])
        try:
            async with connect(
                f"{url.rstrip('/')}/?v=10&encoding=json",
                ssl=ssl_context() if url.startswith("wss:") else None,
                # Discord's own heartbeats tell whether the connection lives.
                ping_interval=None,
                compression=None,
                max_size=_LARGEST_EVENT,
                open_timeout=CONNECT_SECONDS,
                close_timeout=1,
                proxy=None,
                user_agent_header=None,
            ) as socket:
                try:
                    await self._converse(socket)
                finally:
                    await socket.close(_KEEP)
        except ConnectionClosed as closed:
            self._closed(closed.rcvd.code if closed.rcvd is not None else 1006)
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            if isinstance(error, InvalidURI):
                session.forget()
            raise BrokenError(f"Discord's gateway can't be reached ({type(error).__name__})") from None

    def _closed(self, code: int) -> None:
        if code in FATAL:
            self._session.forget()
            raise FatalCloseError(code)
        if code in _NEW_SESSION:
            self._session.forget()
        raise BrokenError(f"Discord closed the connection ({code})")

    async def _converse(self, socket: ClientConnection) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            hello = _read(await socket.recv())
        if hello.get("op") != _HELLO:
            raise BrokenError("Discord did not say hello")
        self._waiting, self._open = asyncio.Queue(_MOST_WAITING), 0
        await self._introduce(socket)
        parts = (
            self._beat(socket, hello["d"]["heartbeat_interval"] / 1000),
            self._deal(),
            self._hear(socket),
        )
        tasks = [asyncio.ensure_future(each) for each in parts]
        try:
            # Whichever ends first ends the connection, and says by its error why.
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._session.keep()
        for task in sorted(done, key=tasks.index):
            task.result()

    async def _introduce(self, socket: ClientConnection) -> None:
        session = self._session
        if session.id:
            # Discord forgets what came before the event that it is told here.
            session.keep()
            data: Json = {"session_id": session.id, "seq": session.seq}
            await _say(socket, _RESUME, {"token": self._token, **data})
            return
        data = {"intents": self._intents, "properties": _PROPERTIES, "shard": list(self._shard)}
        await _say(socket, _IDENTIFY, {"token": self._token, **data})

    async def _beat(self, socket: ClientConnection, interval: float) -> None:
        """https://docs.discord.com/developers/events/gateway#sending-heartbeats."""
        self._acknowledged = True
        wait = interval * random.random()  # noqa: S311 - spreads load, keeps no secret
        while True:
            await asyncio.sleep(wait)
            if not self._acknowledged:
                raise BrokenError("Discord answers no heartbeat")
            await self._heartbeat(socket)
            wait = interval

    async def _heartbeat(self, socket: ClientConnection) -> None:
        self._session.keep()
        self._acknowledged = False
        await _say(socket, _HEARTBEAT, self._session.seq or None)

    async def _hear(self, socket: ClientConnection) -> None:
        while True:
            event = _read(await socket.recv())
            op = event.get("op")
            if op == _DISPATCH:
                await self._take(event)
            elif op == _ACK:
                self._acknowledged = True
            elif op == _HEARTBEAT:
                await self._heartbeat(socket)
            elif op == _RECONNECT:
                raise BrokenError("Discord asks to connect anew")
            elif op == _INVALID:
                # https://docs.discord.com/developers/events/gateway-events#invalid-session
                if event.get("d") is not True:
                    self._session.forget()
                raise BrokenError("Discord has ended the session")

    async def _take(self, data: Json) -> None:
        name, seq = data.get("t"), int(data.get("s") or 0)
        if name not in _HEARD and not self._open:
            self._session.seq = seq
            return
        self._open += 1
        heard = data.get("d") if name in _HEARD else None
        event = Event(str(name), seq, heard if isinstance(heard, dict) else {})
        if name == "INTERACTION_CREATE":
            # It has three seconds, and can't wait for what came before it.
            event.answering = asyncio.ensure_future(self._hearing.answer(event.data))
        await self._waiting.put(event)

    async def _deal(self) -> None:
        """All that waits at once: so many messages are one commit."""
        while True:
            events = [await self._waiting.get()]
            while not self._waiting.empty():
                events.append(self._waiting.get_nowait())
            await self._hearing.deal(self._session, events)
            for event in events:
                if event.answering is not None:
                    await event.answering
            self._session.seq = events[-1].seq
            self._open -= len(events)


def _read(raw: str | bytes) -> Json:
    try:
        event = json.loads(raw)
    except ValueError:
        raise BrokenError("Discord said what is no JSON") from None
    if not isinstance(event, dict):
        raise BrokenError("Discord said what is no event")
    return event


async def _say(socket: ClientConnection, op: int, data: Any) -> None:
    await socket.send(json.dumps({"op": op, "d": data}))
