"""The gateway: https://docs.discord.com/developers/events/gateway, closing with the codes of
https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tests.simulators.discord.guilds import guild_create, shard_of
from tests.simulators.discord.refusals import RefusedError
from tests.simulators.discord.session import ALL_INTENTS, GUILDS, PRIVILEGED, Session
from tests.simulators.discord.state import Application, World

Json = dict[str, Any]
_HEARTBEAT, _IDENTIFY, _RESUME = 1, 2, 6
_RECONNECT, _INVALID, _HELLO, _ACK = 7, 9, 10, 11
# https://docs.discord.com/developers/events/gateway-events#send-events, those that no bot here has use for.
_OTHERS = {3, 4, 8, 31, 43}


class _CloseError(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Connection:
    """One client's connection."""

    def __init__(self, world: World, socket: WebSocket) -> None:
        self._world, self._socket = world, socket
        self._session: Session | None = None
        self._bot: Application | None = None
        self._received: list[float] = []
        self._beaten = time.monotonic()
        self._lock = asyncio.Lock()

    async def run(self) -> None:
        await self._socket.accept()
        watching = None
        try:
            query = self._socket.query_params
            if query.get("v") != "10":
                raise _CloseError(4012, "Invalid API version.")
            if query.get("encoding", "json") != "json":
                raise _CloseError(4002, "Decode error.")
            await self._send({"op": _HELLO, "d": {"heartbeat_interval": int(self._world.heartbeat * 1000)}})
            watching = asyncio.create_task(self._watch())
            while True:
                await self._take(await self._payload())
        except _CloseError as close:
            await self._close(close.code, close.reason)
        except WebSocketDisconnect as gone:
            self._left(gone.code)
        finally:
            if watching is not None:
                watching.cancel()
            self._part()

    async def _send(self, payload: Json) -> None:
        async with self._lock:
            if self._socket.application_state is WebSocketState.CONNECTED:
                try:
                    await self._socket.send_text(json.dumps({"s": None, "t": None, "d": None} | payload))
                except (WebSocketDisconnect, RuntimeError):
                    return

    async def _close(self, code: int, reason: str) -> None:
        async with self._lock:
            if self._socket.application_state is WebSocketState.CONNECTED:
                # Whoever is there may have died this very moment.
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await self._socket.close(code, reason)

    async def _watch(self) -> None:
        """Who sends no heartbeat in time is disconnected and may resume."""
        while True:
            await asyncio.sleep(self._world.heartbeat / 4)
            if time.monotonic() > self._beaten + 1.5 * self._world.heartbeat:
                await self._close(4000, "Unknown error.")
                return

    async def _payload(self) -> Json:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        if text is None or len(text.encode()) > 4096:
            raise _CloseError(4002, "Decode error.")
        self._count()
        try:
            payload = json.loads(text)
        except ValueError:
            raise _CloseError(4002, "Error while decoding payload.") from None
        if not isinstance(payload, dict) or not isinstance(payload.get("op"), int):
            raise _CloseError(4002, "Error while decoding payload.")
        return payload

    def _count(self) -> None:
        """https://docs.discord.com/developers/events/gateway#rate-limiting: 120 in 60 seconds."""
        now = time.monotonic()
        self._received = [at for at in self._received if at > now - 60] + [now]
        if len(self._received) > 120:
            raise _CloseError(4008, "Rate limited.")

    async def _take(self, payload: Json) -> None:
        op, data = payload["op"], payload.get("d")
        if op == _HEARTBEAT:
            await self._heartbeat(data)
        elif op == _IDENTIFY:
            await self._identify(data)
        elif op == _RESUME:
            await self._resume(data)
        elif op not in _OTHERS:
            raise _CloseError(4001, "Unknown opcode.")
        elif self._session is None:
            raise _CloseError(4003, "Not authenticated.")

    async def _heartbeat(self, seq: Any) -> None:
        self._beaten = time.monotonic()
        if seq is not None and not isinstance(seq, int):
            raise _CloseError(4002, "Error while decoding payload.")
        if self._session is not None:
            self._session.beats += 1
            if self._session.silent:
                return
            if seq is not None:
                self._session.confirm(seq)
        await self._send({"op": _ACK})

    def _authenticate(self, data: Any) -> Application:
        if self._session is not None:
            raise _CloseError(4005, "Already authenticated.")
        if not isinstance(data, dict) or not isinstance(data.get("token"), str):
            raise _CloseError(4002, "Error while decoding payload.")
        try:
            return self._world.of_token(data["token"].removeprefix("Bot "))
        except RefusedError:
            raise _CloseError(4004, "Authentication failed.") from None

    async def _identify(self, data: Any) -> None:
        bot = self._authenticate(data)
        intents, properties = data.get("intents"), data.get("properties")
        if not isinstance(properties, dict) or {"os", "browser", "device"} - set(properties):
            raise _CloseError(4002, "Error while decoding payload.")
        if not isinstance(intents, int) or intents & ~ALL_INTENTS or intents < 0:
            raise _CloseError(4013, "Invalid intent(s).")
        shard, shards = self._shard(bot, data.get("shard", [0, 1]))
        if not await self._may_start(bot, shard):
            return
        if any(
            intents & bit and not (bot.flags and name == "MESSAGE_CONTENT")
            for bit, name in PRIVILEGED.items()
        ):
            raise _CloseError(4014, "Disallowed intent(s).")
        self._session = Session(bot.id, shard, shards, intents)
        self._bot = bot
        bot.sessions.append(self._session)
        self._attach()
        await self._ready(bot, self._session)

    def _shard(self, bot: Application, shard: Any) -> tuple[int, int]:
        if not (isinstance(shard, list) and len(shard) == 2 and all(isinstance(each, int) for each in shard)):
            raise _CloseError(4010, "Invalid shard.")
        if not 0 <= shard[0] < shard[1]:
            raise _CloseError(4010, "Invalid shard.")
        mine = [g for g in self._world.guilds_of(bot) if shard_of(g.id, shard[1]) == shard[0]]
        # https://docs.discord.com/developers/events/gateway#sharding
        if len(mine) > 2500:
            raise _CloseError(4011, "Sharding required.")
        return shard[0], shard[1]

    async def _may_start(self, bot: Application, shard: int) -> bool:
        """A thousand a day, or the token is reset: https://docs.discord.com/developers/events/gateway#identifying."""
        bot.starts.remaining -= 1
        if bot.starts.remaining < 0:
            await self._world.reset_token(bot)
            raise _CloseError(4004, "Authentication failed.")
        if not bot.starts.take(shard):
            await self._send({"op": _INVALID, "d": False})
            return False
        return True

    async def _ready(self, bot: Application, session: Session) -> None:
        guilds = [g for g in self._world.guilds_of(bot) if shard_of(g.id, session.shards) == session.shard]
        ready = {
            "v": 10,
            "user": bot.user(),
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": f"{self._world.url.replace('http', 'ws', 1)}/gateway/resume",
            "shard": [session.shard, session.shards],
            "application": {"id": bot.id, "flags": bot.flags},
        }
        await session.dispatch("READY", ready)
        if session.intents & GUILDS:
            for guild in guilds:
                await session.dispatch("GUILD_CREATE", guild_create(self._world, bot, guild))
        await bot.notify()

    async def _resume(self, data: Any) -> None:
        bot = self._authenticate(data)
        seq = data.get("seq")
        if not isinstance(seq, int) or not isinstance(data.get("session_id"), str):
            raise _CloseError(4002, "Error while decoding payload.")
        session = next((each for each in bot.sessions if each.id == data["session_id"]), None)
        gone = session is not None and session.gone_at is not None
        late = (
            gone and session is not None and time.monotonic() > (session.gone_at or 0) + self._world.resumable
        )
        if session is None or late or seq < session.confirmed:
            await self._send({"op": _INVALID, "d": False})
            return
        if seq > session.seq:
            raise _CloseError(4007, "Invalid seq.")
        await session.end(4000, "Unknown error.")
        session.confirm(seq)
        self._session, self._bot = session, bot
        session.resumes += 1
        self._attach()
        for _, event in list(session.events):
            await self._send(event)
        await session.dispatch("RESUMED", {})
        await bot.notify()

    def _attach(self) -> None:
        assert self._session is not None
        self._session.send, self._session.close = self._send, self._close
        self._session.gone_at, self._session.silent = None, False

    def _left(self, code: int) -> None:
        """https://docs.discord.com/developers/events/gateway#initiating-a-disconnect: they end a session."""
        session, bot = self._session, self._bot
        if code in (1000, 1001) and session is not None and bot is not None and session in bot.sessions:
            bot.sessions.remove(session)

    def _part(self) -> None:
        session = self._session
        if session is not None and session.send == self._send:
            session.send = session.close = None
            session.gone_at = time.monotonic()
