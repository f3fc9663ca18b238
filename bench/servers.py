"""What others are measured by: `python -m bench.servers echo|ptb|nothing SOCKET`, or `bot PORT`."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import cast

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.ext import Updater

SECRET = "a-secret-of-nothing"


async def _told_to_end() -> None:
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await told.wait()


async def echo(path: str) -> None:
    """A bare Starlette app that answers with the body it was sent; served as the receiver is."""

    async def answer(request: Request) -> Response:
        return Response(await request.body())

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    config = uvicorn.Config(app, uds=path, lifespan="off", access_log=False, log_config=None)
    await uvicorn.Server(config).serve()


class _Offline(Bot):
    """A bot that reaches no Telegram: its webhook counts as set."""

    async def set_webhook(self, *_: object, **__: object) -> bool:
        return True

    async def delete_webhook(self, *_: object, **__: object) -> bool:
        return True


async def ptb(path: str) -> None:
    """python-telegram-bot's own webhook server (Tornado); updates are read from its queue and dropped."""
    queue: asyncio.Queue[object] = asyncio.Queue()
    updater = Updater(_Offline("1:offline"), queue)
    updater._initialized = True  # initialize() would ask Telegram who the bot is
    await updater.start_webhook(unix=path, url_path="/webhook", secret_token=SECRET, webhook_url="https://x")

    async def drop() -> None:
        while True:
            assert isinstance(await queue.get(), Update)

    dropping = asyncio.create_task(drop())
    await _told_to_end()
    dropping.cancel()
    await updater.stop()


class _Nothing(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class _Whole(asyncio.Protocol):
    """Answers each request when all of it has come, so that its connection is kept."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._read = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if found and len(rest) == int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            self._read = b""
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


async def bot(port: str) -> None:
    """What stands behind a gateway for all its bots."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Whole, "127.0.0.1", int(port), backlog=1024)
    async with server:
        await _told_to_end()


async def nothing(path: str) -> None:
    """Answers whatever comes without reading it: what the load generator can do at most."""
    server = await asyncio.get_running_loop().create_unix_server(_Nothing, path)
    async with server:
        await _told_to_end()


if __name__ == "__main__":
    uvloop.run({"echo": echo, "ptb": ptb, "bot": bot, "nothing": nothing}[sys.argv[1]](sys.argv[2]))
