"""Telegram's way out: replies as messages that Telegram takes, a second apart in a chat, and "typing"."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from agent_runtime.channels.channel import (
    GoneError,
    Incoming,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError, UnreachableError
from agent_runtime.channels.telegram.formatting import pieces
from agent_runtime.channels.telegram.inbound import link_of

log = structlog.get_logger()

# https://core.telegram.org/bots/api#sendchataction: "typing" is shown for five seconds or less.
_TYPING_SECONDS = 4.5
# https://core.telegram.org/bots/faq#broadcasting-to-users: one message a second in a chat.
CHAT_SECONDS = 1.0
_KINDS = {
    "photo": "a photo", "voice": "a voice message", "audio": "an audio file", "video": "a video",
    "video_note": "a video message", "document": "a file", "sticker": "a sticker",
    "animation": "an animation", "location": "a location", "contact": "a contact",
    "poll": "a poll", "dice": "a dice",
}  # fmt: skip


class TelegramOutbound:
    """`Outbound` of one bot's chats."""

    def __init__(self, base_url: str, token: str) -> None:
        self._api = TelegramApi(base_url, token)
        self._free_at: dict[int, float] = {}
        self._username: str | None = None
        self._typists: set[asyncio.Task[None]] = set()

    def read(self, payload: Mapping[str, Any]) -> Incoming:
        message = payload.get("message")
        if not isinstance(message, dict):
            return Incoming("", unreadable="something that I do not know")
        person = message.get("from")
        name = str(person.get("first_name", "")) if isinstance(person, dict) else ""
        text = message.get("text")
        if not isinstance(text, str) or not text.strip():
            kind = next(
                (said for key, said in _KINDS.items() if key in message), "something that I do not know"
            )
            return Incoming("", name, unreadable=kind)
        command, argument = _command(text)
        return Incoming(text, name, command, argument)

    def parts(self, conversation: str, markdown: str) -> list[dict[str, Any]]:
        chat = int(conversation.partition(":")[2])
        return [
            {"chat_id": chat, "text": text, **({"entities": entities} if entities else {})}
            for text, entities in pieces(markdown)
        ]

    def pause(self, payload: Mapping[str, Any]) -> float:
        return max(0.0, self._free_at.get(payload["chat_id"], 0.0) - time.monotonic())

    async def send(self, payload: Mapping[str, Any]) -> str:
        chat = int(payload["chat_id"])
        try:
            message = await self._sent(payload)
        except UnreachableError as error:
            if error.sent:
                raise UncertainError(str(error)) from None
            raise WaitError(str(error), 2.0) from None
        except TelegramError as error:
            if error.retry_after is not None:
                self._free_at[chat] = time.monotonic() + error.retry_after
            raise _meaning(error) from None
        self._free_at[chat] = time.monotonic() + CHAT_SECONDS
        return str(message.get("message_id", "")) if isinstance(message, dict) else ""

    async def _sent(self, payload: Mapping[str, Any]) -> Any:
        try:
            return await self._api.call("sendMessage", **payload)
        except TelegramError as error:
            if error.code != 400 or "entities" not in payload or _gone(error):
                raise
            # Better plain than not at all. It was refused for sure, so nothing is sent twice.
            log.warning("telegram_formatting_refused", reason=error.description)
        return await self._api.call("sendMessage", chat_id=payload["chat_id"], text=payload["text"])

    @asynccontextmanager
    async def working(self, conversation: str) -> AsyncIterator[None]:
        answered = asyncio.Event()
        task = asyncio.create_task(self._typing(int(conversation.partition(":")[2]), answered))
        self._typists.add(task)
        task.add_done_callback(self._typists.discard)
        try:
            yield
        finally:
            # A call that is under way is not cut off: that would cost its connection.
            answered.set()

    async def _typing(self, chat: int, answered: asyncio.Event) -> None:
        while not answered.is_set():
            pause = _TYPING_SECONDS
            try:
                await self._api.call("sendChatAction", chat_id=chat, action="typing", wait=5.0)
            except UnreachableError as error:
                log.debug("typing_not_shown", reason=str(error))
            except TelegramError as error:
                log.debug("typing_not_shown", reason=str(error))
                if error.code in (401, 403):
                    return
                pause += error.retry_after or 0.0
            with suppress(TimeoutError):
                await asyncio.wait_for(answered.wait(), pause)

    async def link(self, start: str | None = None) -> str | None:
        if self._username is None:
            try:
                me = await self._api.call("getMe", wait=5.0)
            except (TelegramError, UnreachableError):
                return None
            self._username = str(me.get("username", ""))
        return link_of(self._username, start)

    async def aclose(self) -> None:
        typists = list(self._typists)
        for task in typists:
            task.cancel()
        await asyncio.gather(*typists, return_exceptions=True)
        await self._api.aclose()


def _command(text: str) -> tuple[str | None, str]:
    """`/start@some_bot code` → ("start", "code")."""
    if not text.startswith("/"):
        return None, ""
    head, _, rest = text[1:].partition(" ")
    return head.partition("@")[0].lower() or None, rest.strip()


def _gone(error: TelegramError) -> bool:
    return error.code == 403 or (error.code == 400 and "chat not found" in error.description)


def _meaning(error: TelegramError) -> Exception:
    if error.code == 401:
        return TokenRefusedError("Telegram refuses the bot's token")
    if error.code == 429:
        return WaitError("Telegram says: too many messages", error.retry_after or 1.0)
    if _gone(error):
        return GoneError(error.description)
    if error.code >= 500:
        # It may have been sent before whatever broke.
        return UncertainError(f"Telegram has trouble ({error.code})")
    return RefusedError(f"{error.code} {error.description}")
