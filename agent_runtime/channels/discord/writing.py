"""What a channel shows while an answer is written: "is typing", and the text as it grows.

The text is a message that is edited and becomes the first part of the answer; of a long answer only that part
grows. Nothing of it is tried again: the whole comes anyhow.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import Preview
from agent_runtime.channels.discord.api import DiscordApi, DiscordError, part
from agent_runtime.channels.discord.formatting import pieces
from agent_runtime.channels.discord.sending import Payload, Sending

log = structlog.get_logger()

# https://docs.discord.com/developers/resources/channel#trigger-typing-indicator: shown for ten seconds.
_TYPING_SECONDS = 9.0
# A channel takes about five messages or edits in five seconds, of which the answer itself needs some.
SHOW_SECONDS = 1.5
_WITHIN = 5.0
_NEVER_AGAIN = (401, 403)


class Writing:
    """One answer on its way; `run` until `answered` is set. `opening` is its first part but for the words."""

    def __init__(self, api: DiscordApi, sending: Sending, opening: Payload, preview: Preview) -> None:
        self._api, self._sending, self._opening, self._preview = api, sending, opening, preview
        self.answered = asyncio.Event()
        self._text, self._shown = "", ""
        # Whether the first part is shown whole: what comes behind it is not looked through again.
        self._ended = False
        self._typed = -_TYPING_SECONDS

    def show(self, text: str) -> None:
        """More of the answer."""
        self._text += text

    async def run(self) -> None:
        # A person who waits for a command sees that already: "is thinking…".
        if "interaction" in self._opening:
            self._typed = float("inf")
        while not self.answered.is_set():
            try:
                await self._step()
            except UnreachableError as error:
                log.debug("writing_not_shown", reason=str(error))
            except DiscordError as error:
                log.debug("writing_not_shown", reason=str(error))
                if error.status in _NEVER_AGAIN:
                    return
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answered.wait(), SHOW_SECONDS)

    async def _step(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._text.strip():
            await self._show()
        elif now - self._typed >= _TYPING_SECONDS:
            self._typed = now
            channel = await self._sending.channel_of(self._opening, _WITHIN)
            await self._api.call("POST", f"/channels/{part(channel)}/typing", wait=_WITHIN)

    async def _show(self) -> None:
        if self._ended:
            return
        content, *others = pieces(self._text)
        payload = {**self._opening, "content": content, "shown": self._preview.id}
        if content == self._shown or self._sending.pause(payload):
            return
        self._shown = content
        message = await self._sending.put(payload, _WITHIN)
        self._ended = bool(others)
        if "interaction" not in payload and self._preview.id is None:
            await self._preview.keep(message)
