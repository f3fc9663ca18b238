"""What a chat shows while an answer is written: "typing", and the text as it grows.

In private chats that is a draft, gone with the message. Groups have no drafts: there a message is sent and
edited, and becomes the first part of the answer. Nothing of it is tried again: the whole comes anyhow.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Any

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import Preview
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.telegram.formatting import pieces
from agent_runtime.channels.telegram.pace import Pace

log = structlog.get_logger()

# https://core.telegram.org/bots/api#sendchataction: "typing" is shown for five seconds or less.
_TYPING_SECONDS = 4.5
# An answer that takes less is better read at once; and a chat takes about one message a second.
_SHOW_SECONDS = 1.0
_WITHIN = 5.0
_NEVER_AGAIN = (401, 403)


class Writing:
    """One answer on its way; `run` until `answered` is set. `place` is where, as parameters of a call.

    `opening` has what the message that is shown in a group is sent with.
    """

    def __init__(
        self, api: TelegramApi, pace: Pace, place: dict[str, int], opening: dict[str, Any], preview: Preview
    ) -> None:
        self._api, self._pace, self._place = api, pace, place
        self._opening, self._preview = opening, preview
        self.answered = asyncio.Event()
        self._text, self._shown = "", ""
        self._chat = place["chat_id"]
        # Groups have no drafts: https://core.telegram.org/bots/api#sendmessagedraft
        self.in_group = self._chat < 0
        self._shows = True
        self._draft = secrets.randbits(31) | 1

    def show(self, text: str) -> None:
        """More of the answer."""
        self._text += text

    async def run(self) -> None:
        pause = _SHOW_SECONDS
        typed = -_TYPING_SECONDS
        loop = asyncio.get_running_loop()
        while not self.answered.is_set():
            try:
                if typed > 0 and self._can_show():
                    await self._show()
                elif loop.time() - typed >= _TYPING_SECONDS:
                    typed = loop.time()
                    await self._call("sendChatAction", **self._place, action="typing")
                pause = _SHOW_SECONDS
            except UnreachableError as error:
                log.debug("writing_not_shown", reason=str(error))
            except TelegramError as error:
                log.debug("writing_not_shown", reason=str(error))
                if error.code in _NEVER_AGAIN:
                    return
                if error.retry_after is not None:
                    self._pace.refused(self._chat, error.retry_after)
                pause = _SHOW_SECONDS + (error.retry_after or 0.0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answered.wait(), pause)

    def _can_show(self) -> bool:
        if not (self._shows and self._text.strip()) or self._text == self._shown:
            return False
        return not self.in_group or not self._pause()

    def _pause(self) -> float:
        return self._pace.pause(self._chat, edits=self._preview.id is not None)

    async def _show(self) -> None:
        """The end of what there is so far, as much as one message holds."""
        self._shown = self._text
        text, entities = pieces(self._shown)[-1]
        content: dict[str, Any] = {"text": text, **({"entities": entities} if entities else {})}
        try:
            if not self.in_group:
                await self._call("sendMessageDraft", **self._place, draft_id=self._draft, **content)
            elif self._preview.id is None:
                await self._send(content)
            else:
                message = {"chat_id": self._chat, "message_id": int(self._preview.id)}
                await self._call("editMessageText", **message, **content)
                self._pace.used(self._chat, edits=True)
        except TelegramError as error:
            if error.code in (400, 404):
                # A Bot API server of before drafts, a message that was deleted, or a text that it does not
                # like: typing will do.
                self._shows = False
            raise

    async def _send(self, content: dict[str, Any]) -> None:
        """The message that is edited from now on."""
        sent = await self._call("sendMessage", **self._place, **self._opening, **content)
        self._pace.shown(self._chat)
        if isinstance(sent, dict) and isinstance(sent.get("message_id"), int):
            await self._preview.keep(str(sent["message_id"]))

    async def _call(self, method: str, **parameters: Any) -> Any:
        return await self._api.call(method, wait=_WITHIN, **parameters)
