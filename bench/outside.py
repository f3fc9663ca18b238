"""The outside world of a benchmark of turns: `python -m bench.outside` is Telegram, people and a model.

It answers whatever is well formed at once and checks nothing: the simulators of the tests are strict, and
would take more of the cores than what is measured. Who asks for messages by `getUpdates` is given them as
fast as they are answered: a bot has `at_once` questions open, each of another person, and after each answer
somebody asks the next one.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import deque
from typing import Any, cast
from urllib.parse import parse_qs

import uvloop

from agent_runtime.hive.process import told_to_end

_ANSWER = "Your order 4711 left our house on Monday and comes with the post on Tuesday."
_TEXT = "Where is my order 4711? It was to come on Tuesday, and nobody was here."
_HEAD = {"id": "c1", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "stub"}


def _stream() -> bytes:
    """A streamed completion: https://platform.openai.com/docs/api-reference/chat-streaming."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    words = _ANSWER.split()
    deltas += [{"content": f"{word} "} for word in words]
    chunks: list[dict[str, Any]] = [
        {**_HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({**_HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    usage = {"prompt_tokens": 40, "completion_tokens": len(words), "total_tokens": 40 + len(words)}
    chunks.append({**_HEAD, "choices": [], "usage": usage})
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    return _answer(body.encode(), "text/event-stream")


def _answer(body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _result(result: object) -> bytes:
    return _answer(json.dumps({"ok": True, "result": result}).encode())


_COMPLETION, _TRUE = _stream(), _result(True)


class _Bot:
    """One bot's people, and the poll that waits for what they say."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.asked = 0
        self._open = False
        self._resting: deque[int] = deque()
        self._waiting: deque[dict[str, Any]] = deque()
        self._poll: asyncio.Transport | None = None
        self._handed: list[dict[str, Any]] = []

    def begin(self, people: int, at_once: int) -> None:
        self._open = True
        self._resting = deque(range(1, people + 1))
        for _ in range(at_once):
            self._say()

    def answered(self, chat: int) -> None:
        if self._open:
            self._resting.append(chat)
            self._say()

    def end(self) -> None:
        """Nobody asks anything more."""
        self._open = False

    def polled(self, transport: asyncio.Transport, offset: int, seconds: float) -> None:
        # What was handed out and is not confirmed by the offset comes again.
        self._waiting.extendleft(update for update in reversed(self._handed) if update["update_id"] >= offset)
        self._handed.clear()
        self._poll = transport
        if self._waiting or not seconds:
            self._hand_out(transport)
        else:
            asyncio.get_running_loop().call_later(seconds, self._hand_out, transport)

    def _say(self) -> None:
        if not self._resting:
            return
        chat, number = self._resting.popleft(), next(self._numbers)
        self.asked += 1
        person = {"id": chat, "first_name": "Ada", "language_code": "en"}
        message = {
            "message_id": number,
            "from": {**person, "is_bot": False},
            "chat": {**person, "type": "private"},
            "date": int(time.time()),
            "text": _TEXT,
        }
        self._waiting.append({"update_id": number, "message": message})
        if self._poll is not None:
            self._hand_out(self._poll)

    def _hand_out(self, transport: asyncio.Transport) -> None:
        if transport is not self._poll or transport.is_closing():
            return
        self._poll = None
        while self._waiting and len(self._handed) < 100:
            self._handed.append(self._waiting.popleft())
        transport.write(_result(self._handed))


class Outside:
    """All bots by their tokens, and how many answers came in."""

    def __init__(self) -> None:
        self._bots: dict[str, _Bot] = {}
        self._answered = 0

    def take(self, path: str, body: bytes, transport: asyncio.Transport) -> None:
        """Answer one request, now or when there is something to say."""
        if path.endswith("/chat/completions"):
            transport.write(_COMPLETION)
        elif path.startswith("/bot"):
            token, _, method = path[4:].partition("/")
            self._call(self._bots.setdefault(token, _Bot()), method, token, body, transport)
        else:
            transport.write(_answer(json.dumps(self._ordered(path, json.loads(body or b"{}"))).encode()))

    def _call(self, bot: _Bot, method: str, token: str, body: bytes, transport: asyncio.Transport) -> None:
        if method == "getUpdates":
            asked = _parameters(body)
            bot.polled(transport, int(asked.get("offset", 0)), float(asked.get("timeout", 0)))
        elif method == "sendMessage":
            chat = int(_parameters(body)["chat_id"])
            self._answered += 1
            message = {"message_id": self._answered, "date": int(time.time()), "text": "", "chat": None}
            transport.write(_result({**message, "chat": {"id": chat, "type": "private"}}))
            bot.answered(chat)
        elif method == "getMe":
            me = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Bench"}
            transport.write(_result({**me, "username": "bench_bot"}))
        elif method == "getWebhookInfo":
            transport.write(_result({"url": "", "pending_update_count": 0, "has_custom_certificate": False}))
        else:
            transport.write(_TRUE)

    def _ordered(self, path: str, order: dict[str, Any]) -> object:
        """What the benchmark asks for: `/begin {tokens, people, at_once}`, `/end`, `/answered`."""
        if path == "/begin":
            for token in order["tokens"]:
                self._bots.setdefault(token, _Bot()).begin(order["people"], order["at_once"])
        elif path == "/end":
            for bot in self._bots.values():
                bot.end()
        return {"answered": self._answered, "asked": sum(bot.asked for bot in self._bots.values())}


def _parameters(body: bytes) -> dict[str, Any]:
    """JSON, or the form that python-telegram-bot sends: https://core.telegram.org/bots/api#making-requests."""
    if body.startswith(b"{"):
        return cast(dict[str, Any], json.loads(body))
    return {key: values[-1] for key, values in parse_qs(body.decode()).items()}


class _Connection(asyncio.Protocol):
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) >= length:
            self._buffer = rest[length:]
            self._outside.take(head.split(b" ", 2)[1].decode(), rest[:length], self._transport)


async def _serve() -> None:
    outside = Outside()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(outside), "127.0.0.1", backlog=1024
    )
    print(f"listening on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await told_to_end()


if __name__ == "__main__":
    uvloop.run(_serve())
