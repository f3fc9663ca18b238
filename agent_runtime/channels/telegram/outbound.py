"""Telegram's way out: replies as messages that Telegram takes, a second apart in a chat."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog

from agent_runtime.channels.calls import UnreachableError, reading, sending
from agent_runtime.channels.channel import (
    Attached,
    GoneError,
    Incoming,
    OnText,
    Preview,
    RefusedError,
    TokenRefusedError,
    UncertainError,
    WaitError,
)
from agent_runtime.channels.showing import Showing
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.telegram.formatting import pieces
from agent_runtime.channels.telegram.inbound import link_of
from agent_runtime.channels.telegram.introduction import introduce
from agent_runtime.channels.telegram.pace import Pace
from agent_runtime.channels.telegram.reading import Me, in_group, message_of, read_message
from agent_runtime.channels.telegram.writing import Writing
from agent_runtime.mail import MailWaitsError

log = structlog.get_logger()

# https://core.telegram.org/bots/api#editmessagetext, in the words of the server that Telegram runs.
_OF_AN_EDIT = ("chat_id", "message_id", "text", "entities")
_SAME = "message is not modified"
_NOT_EDITABLE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
_RENEW = "Set the secret to a new token of @BotFather."


class TelegramOutbound:
    """`Outbound` of one bot's chats. `name` and `description` are what people are to see of it."""

    def __init__(self, base_url: str, token: str, name: str = "", description: str = "") -> None:
        self._api = TelegramApi(base_url, token)
        # The first half of a token is the bot's id, which is no secret.
        self._about = (token.partition(":")[0], name, description)
        self._pace = Pace()
        self._me: Me | None = None
        self._showing = Showing()

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
        with reading():
            try:
                file = await self._api.call("getFile", file_id=attached.id)
                return await self._api.download(str(file.get("file_path", "")), largest)
            except TelegramError as error:
                if error.retry_after is not None or error.code >= 500:
                    raise MailWaitsError(str(error), "It is tried again.") from None
                raise RefusedError(str(error)) from None

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        place = _place(conversation)
        messages = [
            {**place, "text": text, **({"entities": entities} if entities else {})}
            for text, entities in pieces(markdown)
        ]
        messages[0] |= _answering(answer_to)
        if shown is not None:
            messages[0]["message_id"] = int(shown)
        return messages

    def pause(self, payload: Mapping[str, Any]) -> float:
        return self._pace.pause(payload["chat_id"], edits="message_id" in payload)

    async def send(self, payload: Mapping[str, Any]) -> str:
        chat = int(payload["chat_id"])
        with sending():
            try:
                message = await self._sent(payload)
            except TelegramError as error:
                if error.retry_after is not None:
                    self._pace.refused(chat, error.retry_after)
                raise _meaning(error) from None
        self._pace.used(chat, edits="message_id" in payload)
        return str(message.get("message_id", "")) if isinstance(message, dict) else ""

    async def _sent(self, payload: Mapping[str, Any]) -> Any:
        try:
            return await self._put(payload)
        except TelegramError as error:
            if error.code != 400 or "entities" not in payload or _gone(error):
                raise
            # Better plain than not at all. It was refused for sure, so nothing is sent twice.
            log.warning("telegram_formatting_refused", reason=error.description)
        return await self._put({key: value for key, value in payload.items() if key != "entities"})

    async def _put(self, payload: Mapping[str, Any]) -> Any:
        """Into the message that it was shown in while it grew; as a new one where that is gone."""
        if "message_id" not in payload:
            return await self._post(payload)
        edit = {key: value for key, value in payload.items() if key in _OF_AN_EDIT}
        try:
            return await self._api.call("editMessageText", **edit)
        except TelegramError as error:
            if error.code == 400 and _SAME in error.description:
                return edit
            if error.code != 400 or not any(words in error.description for words in _NOT_EDITABLE):
                raise
        return await self._put({key: value for key, value in payload.items() if key != "message_id"})

    async def _post(self, payload: Mapping[str, Any]) -> Any:
        """Into the chat, or into the supergroup that it has become since the question."""
        try:
            return await self._api.call("sendMessage", **payload)
        except TelegramError as error:
            if error.migrated_to is None:
                raise
            there = {**payload, "chat_id": error.migrated_to}
        return await self._api.call("sendMessage", **there)

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        writing = Writing(self._api, self._pace, _place(conversation), _answering(answer_to), preview)
        # A draft is another than the answer.
        return self._showing.of(writing, in_place=writing.in_group)

    async def introduce(self, told: str | None) -> str | None:
        return await introduce(self._api, *self._about, told)

    async def link(self, start: str | None = None) -> str | None:
        try:
            return link_of((await self._who()).username, start)
        except MailWaitsError:
            return None

    async def aclose(self) -> None:
        await self._showing.aclose()
        await self._api.aclose()


def _place(conversation: str) -> dict[str, int]:
    """`telegram:<chat>:<topic>` as parameters of a call."""
    _, chat, *topic = conversation.split(":")
    return {"chat_id": int(chat), **({"message_thread_id": int(topic[0])} if topic else {})}


def _answering(message: str | None) -> dict[str, Any]:
    """It may be deleted by then: https://core.telegram.org/bots/api#replyparameters."""
    if message is None:
        return {}
    return {"reply_parameters": {"message_id": int(message), "allow_sending_without_reply": True}}


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
