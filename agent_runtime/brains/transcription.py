"""Text made of voice messages, by any server that has OpenAI's `audio/transcriptions`.

https://platform.openai.com/docs/api-reference/audio/createTranscription: a file in, `text` out, sometimes
with `usage`, either of tokens or of seconds.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import openai

from agent_runtime.brains.brain import BrainError, estimate_tokens
from agent_runtime.brains.faults import fault
from agent_runtime.brains.openai_compatible import client_of
from agent_runtime.brains.prices import transcription_price
from agent_runtime.media import Media
from agent_runtime.store.ledger.records import Used

_SECONDS = 60.0
_TRIES = 2
_LONGEST_PAUSE = 5.0


class Transcriber:
    """One model at one server. `own` says that OpenAI runs it, so that its price is known."""

    def __init__(
        self, http: httpx2.AsyncClient, base_url: str, model: str, key: str | None, *, own: bool
    ) -> None:
        self.label = model
        self._client = client_of(http, base_url, key)
        self._a_minute = transcription_price(model) if own else None

    def cost(self, sound: Media) -> float | None:
        """US dollars at most, None where the price is not known."""
        return None if self._a_minute is None else self._a_minute * sound.seconds / 60

    async def transcribe(self, sound: Media) -> tuple[str, Used]:
        """The words, none where there are none. BrainError when it fails."""
        for tried in range(1, _TRIES + 1):
            try:
                return await self._once(sound)
            except BrainError as error:
                if not error.retryable or tried == _TRIES:
                    raise
                await asyncio.sleep(min(error.retry_after or 1.0, _LONGEST_PAUSE))
        raise AssertionError("a try returns or raises")

    async def _once(self, sound: Media) -> tuple[str, Used]:
        file = (f"voice.{sound.format}", sound.content)
        try:
            async with asyncio.timeout(_SECONDS):
                said = await self._client.audio.transcriptions.create(file=file, model=self.label)
        except TimeoutError:
            reason = f"The model {self.label} did not make text of a voice message in time."
            raise BrainError(reason, "Choose a faster one under transcription.") from None
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            found = fault(error, self.label)
        else:
            text = str(getattr(said, "text", "") or "").strip()
            return text, self._used(sound, text, getattr(said, "usage", None))
        raise found

    def _used(self, sound: Media, text: str, usage: Any) -> Used:
        seconds = getattr(usage, "seconds", None)
        told = isinstance(seconds, int | float)
        usd = self.cost(sound)
        if told and self._a_minute is not None:
            usd = self._a_minute * float(seconds or 0) / 60
        tokens_in = int(getattr(usage, "input_tokens", 0) or 0)
        tokens_out = int(getattr(usage, "output_tokens", 0) or 0) or estimate_tokens(text)
        return Used(self.label, tokens_in, tokens_out, usd, estimated=not told)
