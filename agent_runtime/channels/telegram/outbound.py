"""Telegram's way out: replies as messages that Telegram takes, a second apart in a chat."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog

from agent_runtime.channels.channel import (
    Attached,
    GoneError,
    Incoming,
    OnText,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError, UnreachableError
from agent_runtime.channels.telegram.formatting import pieces
from agent_runtime.channels.telegram.inbound import link_of
from agent_runtime.channels.telegram.reading import Me, in_group, message_of, read_message
from agent_runtime.channels.telegram.writing import Writing
from agent_runtime.mail import MailWaitsError

log = structlog.get_logger()

# https://core.telegram.org/bots/faq#broadcasting-to-users: one message a second in a chat.
CHAT_SECONDS = 1.0
# And, for each bot, twenty a minute in a group and thirty a second in all.
GROUP_SECONDS = 3.0
BOT_SECONDS = 1 / 30
_RENEW = "Set the secret to a new token of @BotFather."


class TelegramOutbound:
    """`Outbound` of one bot's chats."""

    def __init__(self, base_url: str, token: str) -> None:
        self._api = TelegramApi(base_url, token)
        self._free_at: dict[int, float] = {}
        self._all_free_at = 0.0
        self._me: Me | None = None
        self._shown: set[asyncio.Task[None]] = set()

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        message = message_of(payload)
        if message is None:
            return Incoming("", unreadable="something that I do not know")
        return read_message(message, await self._who() if in_group(message) else None)

    async def _who(self) -> Me:
        """Who this bot is. MailWaitsError where Telegram does not say so now."""
        if self._me is None:
            try:
                me = await self._api.call("getMe", wait=5.0)
            except UnreachableError as error:
                raise MailWaitsError(str(error), "It is tried again; check the network.") from None
            except TelegramError as error:
                refused = error.code == 401
                raise MailWaitsError(str(error), _RENEW, for_revision=refused) from None
            self._me = Me(int(me["id"]), str(me.get("username", "")))
        return self._me

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        if attached.size > largest:
            return None
        try:
            file = await self._api.call("getFile", file_id=attached.id)
            return await self._api.download(str(file.get("file_path", "")), largest)
        except UnreachableError as error:
            raise MailWaitsError(str(error), "It is tried again; check the network.") from None
        except TelegramError as error:
            if error.retry_after is not None or error.code >= 500:
                raise MailWaitsError(str(error), "It is tried again.") from None
            raise RefusedError(str(error)) from None

    def parts(self, conversation: str, markdown: str, answer_to: str | None = None) -> list[dict[str, Any]]:
        place = _place(conversation)
        messages = [
            {**place, "text": text, **({"entities": entities} if entities else {})}
            for text, entities in pieces(markdown)
        ]
        if answer_to is not None:
            # It may be deleted by then: https://core.telegram.org/bots/api#replyparameters
            answered = {"message_id": int(answer_to), "allow_sending_without_reply": True}
            messages[0]["reply_parameters"] = answered
        return messages

    def pause(self, payload: Mapping[str, Any]) -> float:
        free_at = max(self._all_free_at, self._free_at.get(payload["chat_id"], 0.0))
        return max(0.0, free_at - time.monotonic())

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
        now = time.monotonic()
        self._free_at[chat] = now + (GROUP_SECONDS if chat < 0 else CHAT_SECONDS)
        self._all_free_at = now + BOT_SECONDS
        return str(message.get("message_id", "")) if isinstance(message, dict) else ""

    async def _sent(self, payload: Mapping[str, Any]) -> Any:
        try:
            return await self._api.call("sendMessage", **payload)
        except TelegramError as error:
            if error.code != 400 or "entities" not in payload or _gone(error):
                raise
            # Better plain than not at all. It was refused for sure, so nothing is sent twice.
            log.warning("telegram_formatting_refused", reason=error.description)
        plain = {key: value for key, value in payload.items() if key != "entities"}
        return await self._api.call("sendMessage", **plain)

    @asynccontextmanager
    async def working(self, conversation: str) -> AsyncIterator[OnText]:
        writing = Writing(self._api, _place(conversation))
        task = asyncio.create_task(writing.run())
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)
        try:
            yield writing.show
        finally:
            # A call that is under way is not cut off: that would cost its connection.
            writing.answered.set()

    async def link(self, start: str | None = None) -> str | None:
        try:
            return link_of((await self._who()).username, start)
        except MailWaitsError:
            return None

    async def aclose(self) -> None:
        shown = list(self._shown)
        for task in shown:
            task.cancel()
        await asyncio.gather(*shown, return_exceptions=True)
        await self._api.aclose()


def _place(conversation: str) -> dict[str, int]:
    """`telegram:<chat>:<topic>` as parameters of a call."""
    _, chat, *topic = conversation.split(":")
    return {"chat_id": int(chat), **({"message_thread_id": int(topic[0])} if topic else {})}


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
