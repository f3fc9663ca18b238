"""What a chat shows while an answer is written: "typing", and in private chats the text as it grows.

All of it is for the eye alone and gone with the message: none of it is tried again or kept.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import Any

import structlog

from agent_runtime.channels.telegram.api import TelegramApi, TelegramError, UnreachableError
from agent_runtime.channels.telegram.formatting import pieces

log = structlog.get_logger()

# https://core.telegram.org/bots/api#sendchataction: "typing" is shown for five seconds or less.
_TYPING_SECONDS = 4.5
# An answer that takes less is better read at once; and a chat takes about one message a second.
_DRAFT_SECONDS = 1.0
_WITHIN = 5.0
_NEVER_AGAIN = (401, 403)


class Writing:
    """One answer on its way; `run` until `answered` is set. `place` is where, as parameters of a call."""

    def __init__(self, api: TelegramApi, place: dict[str, int]) -> None:
        self._api, self._place = api, place
        self.answered = asyncio.Event()
        self._text, self._shown = "", ""
        # Groups have no drafts: https://core.telegram.org/bots/api#sendmessagedraft
        self._draft = secrets.randbits(31) | 1 if place["chat_id"] > 0 else 0

    def show(self, text: str) -> None:
        """More of the answer."""
        self._text += text

    async def run(self) -> None:
        pause = _DRAFT_SECONDS
        typed = -_TYPING_SECONDS
        loop = asyncio.get_running_loop()
        while not self.answered.is_set():
            try:
                if self._draft and self._text != self._shown and typed > 0:
                    await self._show_draft()
                elif loop.time() - typed >= _TYPING_SECONDS:
                    typed = loop.time()
                    await self._call("sendChatAction", action="typing")
                pause = _DRAFT_SECONDS
            except UnreachableError as error:
                log.debug("writing_not_shown", reason=str(error))
            except TelegramError as error:
                log.debug("writing_not_shown", reason=str(error))
                if error.code in _NEVER_AGAIN:
                    return
                pause = _DRAFT_SECONDS + (error.retry_after or 0.0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answered.wait(), pause)

    async def _show_draft(self) -> None:
        """The end of what there is so far, as much as one message holds."""
        self._shown = self._text
        text, entities = pieces(self._shown)[-1]
        formatted: dict[str, Any] = {"entities": entities} if entities else {}
        try:
            await self._call("sendMessageDraft", draft_id=self._draft, text=text, **formatted)
        except TelegramError as error:
            if error.code in (400, 404):
                # A Bot API server of before drafts, or a text that it does not like: typing will do.
                self._draft = 0
            raise

    async def _call(self, method: str, **parameters: Any) -> None:
        await self._api.call(method, wait=_WITHIN, **self._place, **parameters)
