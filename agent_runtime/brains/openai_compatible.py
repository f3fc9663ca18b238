"""Any server that speaks OpenAI's chat completions: OpenAI, compatible ones, and the embedded brain."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Container, Mapping
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI, AsyncStream

from agent_runtime.brains.brain import (
    BrainError,
    Completion,
    Finish,
    Message,
    OnText,
    Prompt,
    estimate_tokens,
)
from agent_runtime.brains.faults import fault
from agent_runtime.brains.prices import Price
from agent_runtime.media import Media
from agent_runtime.store.ledger.records import Used

_FINISHES: dict[str, Finish] = {"length": "length", "content_filter": "filtered"}
# More than any tokenizer puts into one token on average: a server that never stops is cut off here.
_MOST_CHARACTERS_PER_TOKEN = 32


class OpenAICompatible:
    """One model at one server. `price` is None where it is not known.

    `takes` says which formats of pictures and sounds may come with a message.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        base_url: str,
        model: str,
        key: str | None,
        *,
        temperature: float,
        max_output_tokens: int,
        price: Price | None = None,
        label: str | None = None,
        length_parameter: str = "max_tokens",
        takes: Mapping[str, Container[str]] | None = None,
    ) -> None:
        self.label = label or model
        self.max_output_tokens = max_output_tokens
        self.account = hashlib.sha256(f"{base_url}\n{key}".encode()).hexdigest()
        self._model = model
        self._price = price
        self._options: dict[str, Any] = {
            "temperature": temperature,
            length_parameter: max_output_tokens,
            "stream_options": {"include_usage": True},
        }
        self._length = length_parameter
        self._takes = takes or {}
        self._client = client_of(http, base_url, key)

    def takes(self, media: Media) -> bool:
        return media.format in self._takes.get(media.kind, ())

    def cost(self, tokens_in: int, tokens_out: int) -> float | None:
        return None if self._price is None else self._price.cost(tokens_in, tokens_out)

    async def complete(self, prompt: Prompt, on_text: OnText) -> Completion:
        said: list[str] = []
        try:
            return await self._stream(prompt, on_text, said)
        except BrainError:
            raise
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            found = fault(error, self.label)
        if said:
            # Something was generated and is charged, though the server never said how much.
            found.partial = "".join(said)
            found.used = self._used(prompt.tokens, estimate_tokens(found.partial), estimated=True)
        raise found

    async def _stream(self, prompt: Prompt, on_text: OnText, said: list[str]) -> Completion:
        limit = min(self.max_output_tokens, prompt.max_output_tokens or self.max_output_tokens)
        finish: str | None = None
        usage: dict[str, Any] | None = None
        characters = 0
        async with await self._open(prompt, limit) as stream:
            async for chunk in stream:
                text, ended, used = _read(chunk)
                finish, usage = ended or finish, used or usage
                if text:
                    said.append(text)
                    characters += len(text)
                    on_text(text)
                if characters > limit * _MOST_CHARACTERS_PER_TOKEN:
                    finish = "length"
                    break
        if finish is None:
            raise httpx2.RemoteProtocolError("the stream ended without its end")
        return self._completion("".join(said), finish, usage, prompt)

    async def _open(self, prompt: Prompt, limit: int) -> AsyncStream[object]:
        """Start the stream, once more without what this model says it does not take.

        By the SDK's plain request and with plain objects back: its own call of this name looks through every
        message and makes a model of every piece, which is half of the processor's time of a turn.
        """
        messages = [{"role": message.role, "content": _content(message)} for message in prompt.messages]
        for _ in range(4):
            options = dict(self._options)
            if self._length in options:
                options[self._length] = limit
            body = {"model": self._model, "messages": messages, "stream": True, **options}
            try:
                return await self._client.post(
                    "/chat/completions",
                    body=body,
                    cast_to=object,
                    stream=True,
                    stream_cls=AsyncStream[object],
                )
            except openai.BadRequestError as error:
                if not self._adapt(error.param, options):
                    raise
        raise BrainError(
            f"The model {self.label} refuses the request.", "Check the model's settings, or choose another."
        )

    def _adapt(self, refused: str | None, sent: dict[str, Any]) -> bool:
        """Reasoning models take another name for the length and no temperature, and say so in `param`."""
        if refused not in sent:
            return False
        if refused == "max_tokens":
            self._length = "max_completion_tokens"
            self._options.pop("max_tokens", None)
            self._options[self._length] = self.max_output_tokens
        else:
            self._options.pop(refused, None)
        return True

    def _completion(self, text: str, finish: str, usage: dict[str, Any] | None, prompt: Prompt) -> Completion:
        if usage is None:
            used = self._used(prompt.tokens, estimate_tokens(text), estimated=True)
        else:
            asked, said = (int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
            used = self._used(asked, said)
        return Completion(text, _FINISHES.get(finish, "complete"), used)

    def _used(self, tokens_in: int, tokens_out: int, estimated: bool = False) -> Used:
        return Used(self.label, tokens_in, tokens_out, self.cost(tokens_in, tokens_out), estimated)


def _read(chunk: Any) -> tuple[str, str | None, dict[str, Any] | None]:
    """A piece of a stream: its text, why the model ended, and the usage, of which it has what it has.

    https://platform.openai.com/docs/api-reference/chat-streaming. What is no piece, as servers that only look
    like OpenAI's may send, is a stream that broke: RemoteProtocolError.
    """
    try:
        choices = [
            (choice.get("delta") or {}, choice.get("finish_reason")) for choice in chunk.get("choices") or ()
        ]
        text = "".join(delta.get("content") or "" for delta, _ in choices)
        return (
            text,
            next((ended for _, ended in choices if ended), None),
            dict(chunk.get("usage") or {}) or None,
        )
    except (AttributeError, TypeError, ValueError):
        raise httpx2.RemoteProtocolError("the stream holds what is no piece of a completion") from None


def _content(message: Message) -> str | list[dict[str, Any]]:
    """https://platform.openai.com/docs/api-reference/chat/create: parts, where there is more than text."""
    if not message.media:
        return message.content
    return [{"type": "text", "text": message.content}, *map(_part, message.media)]


def _part(media: Media) -> dict[str, Any]:
    data = base64.b64encode(media.content).decode()
    if media.kind == "picture":
        return {"type": "image_url", "image_url": {"url": f"data:image/{media.format};base64,{data}"}}
    return {"type": "input_audio", "input_audio": {"data": data, "format": media.format}}


def client_of(http: httpx2.AsyncClient, base_url: str, key: str | None) -> AsyncOpenAI:
    """A client of the SDK that knows of nothing but what it is given."""
    # The SDK reads keys, organisation and headers from OPENAI_…; those of the machine's operator must never
    # travel to a server that a user chose, so this process forgets them.
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        del os.environ[name]
    return AsyncOpenAI(
        # A server that wants no key gets one that is none: the SDK insists.
        api_key=key or "none",
        base_url=base_url,
        http_client=http,
        max_retries=0,
    )
