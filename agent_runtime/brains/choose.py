"""From a specification to the brains that answer for it, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx2

from agent_runtime.addresses import Reach
from agent_runtime.brains.brain import Brain
from agent_runtime.brains.openai_compatible import OpenAICompatible
from agent_runtime.brains.prices import FREE, openai_price
from agent_runtime.brains.transcription import Transcriber
from agent_runtime.network import CONNECT_SECONDS, guarded_client, platform_client, reach_of, socket_client
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec
from agent_runtime.spec.bot import FallbackModel, Transcription

OPENAI_URL = "https://api.openai.com/v1"
# The embedded brain is there for trying things: a long answer of so small a model only takes time.
EMBEDDED_LONGEST = 400
# Between two pieces of a stream, not for the whole of it: the turn's deadline bounds that.
_TIMEOUT = httpx2.Timeout(60.0, connect=CONNECT_SECONDS)


# https://platform.openai.com/docs/guides/images-vision and https://platform.openai.com/docs/guides/audio
_PICTURES = frozenset({"jpeg", "png", "gif", "webp"})
_OPENAI_SOUNDS = frozenset({"mp3", "wav"})
_SOUNDS = _OPENAI_SOUNDS | {"ogg", "flac", "m4a"}


def _takes(model: FallbackModel) -> dict[str, frozenset[str]]:
    """What a model sees and hears. OpenAI's that are listed with a price see; of others it has to be said."""
    own = model.provider == "openai"
    sees = model.sees if model.sees is not None else own and openai_price(model.model_id) is not None
    taken = {"picture": _PICTURES} if sees else {}
    return {**taken, "sound": _OPENAI_SOUNDS if own else _SOUNDS} if model.hears else taken


class Brains:
    """The brains of one bot and the connections that they share."""

    def __init__(self, spec: BotSpec, secrets: Mapping[str, str], settings: RuntimeSettings) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self.all: list[Brain] = [self._brain(model) for model in (spec.model, *spec.model.fallbacks)]
        self.transcriber = None if spec.transcription is None else self._transcriber(spec.transcription)

    def _transcriber(self, wanted: Transcription) -> Transcriber:
        key = self._secrets.get(wanted.key.secret) if wanted.key else None
        own = wanted.provider == "openai"
        base_url = OPENAI_URL if own else str(wanted.base_url)
        return Transcriber(self._client("openai" if own else "own"), base_url, wanted.name, key, own=own)

    def _brain(self, model: FallbackModel) -> Brain:
        if model.provider == "embedded":
            return OpenAICompatible(
                self._client("embedded"),
                f"{self._settings.brain_url or 'http://brain'}/v1",
                model.model_id,
                None,
                temperature=model.temperature,
                max_output_tokens=min(model.max_output_tokens, EMBEDDED_LONGEST),
                price=FREE,
                label=f"{model.model_id} (demo)",
            )
        key = self._secrets.get(model.key.secret) if model.key else None
        own = model.provider == "openai"
        return OpenAICompatible(
            self._client("openai" if own else "own"),
            OPENAI_URL if own else str(model.base_url),
            model.model_id,
            key,
            temperature=model.temperature,
            max_output_tokens=model.max_output_tokens,
            price=openai_price(model.model_id) if own else None,
            # OpenAI has renamed it; the servers that are compatible with it mostly know the old name.
            length_parameter="max_completion_tokens" if own else "max_tokens",
            takes=_takes(model),
        )

    def _client(self, kind: str) -> httpx2.AsyncClient:
        if kind not in self._clients:
            if kind == "embedded" and self._settings.brain_url:
                self._clients[kind] = platform_client(_TIMEOUT)
            elif kind == "embedded":
                self._clients[kind] = socket_client(self._settings.paths.socket("brain"), _TIMEOUT)
            else:
                reach = Reach.PUBLIC if kind == "openai" else reach_of(self._settings)
                self._clients[kind] = guarded_client(reach, _TIMEOUT)
        return self._clients[kind]

    async def aclose(self) -> None:
        async with AsyncExitStack() as stack:
            for client in self._clients.values():
                stack.push_async_callback(client.aclose)
