"""The text of an answer while it is written: a message that is edited and becomes the answer's first part.

Slack shows nobody typing who sends over HTTP. Nothing of this is tried again: the whole comes anyhow.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import Preview
from agent_runtime.channels.slack.api import SlackError
from agent_runtime.channels.slack.formatting import pieces
from agent_runtime.channels.slack.posting import Payload, Posting

log = structlog.get_logger()

# An answer that takes less is better read at once.
SHOW_SECONDS = 1.5
_WITHIN = 5.0


class Writing:
    """One answer on its way; `run` until `answered` is set. `place` is where."""

    def __init__(self, posting: Posting, place: Payload, preview: Preview) -> None:
        self._posting, self._place, self._preview = posting, place, preview
        self.answered = asyncio.Event()
        self._text, self._shown = "", ""
        # Whether the first part is shown whole: what comes behind it is not looked through again.
        self._ended = False

    def show(self, text: str) -> None:
        """More of the answer."""
        self._text += text

    async def run(self) -> None:
        while not self.answered.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.answered.wait(), SHOW_SECONDS)
                return
            try:
                await self._show()
            except UnreachableError as error:
                log.debug("writing_not_shown", reason=str(error))
            except SlackError as error:
                log.debug("writing_not_shown", reason=str(error))
                if error.retry_after is None and not error.in_doubt:
                    return

    async def _show(self) -> None:
        if self._ended or not self._text.strip():
            return
        text, *others = pieces(self._text)
        payload = {**self._place, "markdown_text": text, "shown": self._preview.id}
        if text == self._shown or self._posting.pause(payload):
            return
        self._shown = text
        message = await self._posting.put(payload, _WITHIN)
        self._ended = bool(others)
        if message != self._preview.id:
            await self._preview.keep(message)
