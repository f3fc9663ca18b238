"""From a specification to the brains that answer for it, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

import httpx2

from agent_runtime.addresses import Reach
from agent_runtime.brains.brain import Brain
from agent_runtime.brains.openai_compatible import OpenAICompatible
from agent_runtime.brains.prices import FREE, openai_price
from agent_runtime.network import CONNECT_SECONDS, guarded_client, reach_of, socket_client
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec
from agent_runtime.spec.bot import FallbackModel

OPENAI_URL = "https://api.openai.com/v1"
# The embedded brain is there for trying things: a long answer of so small a model only takes time.
EMBEDDED_LONGEST = 400
# Between two pieces of a stream, not for the whole of it: the turn's deadline bounds that.
_TIMEOUT = httpx2.Timeout(60.0, connect=CONNECT_SECONDS)


class Brains:
    """The brains of one bot and the connections that they share."""

    def __init__(self, spec: BotSpec, secrets: Mapping[str, str], settings: RuntimeSettings) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clients: dict[str, httpx2.AsyncClient] = {}
        self.all: list[Brain] = [self._brain(model) for model in (spec.model, *spec.model.fallbacks)]

    def _brain(self, model: FallbackModel) -> Brain:
        if model.provider == "embedded":
            return OpenAICompatible(
                self._client("embedded"),
                "http://brain/v1",
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
        )

    def _client(self, kind: str) -> httpx2.AsyncClient:
        if kind not in self._clients:
            if kind == "embedded":
                self._clients[kind] = socket_client(self._settings.paths.socket("brain"), _TIMEOUT)
            else:
                reach = Reach.PUBLIC if kind == "openai" else reach_of(self._settings)
                self._clients[kind] = guarded_client(reach, _TIMEOUT)
        return self._clients[kind]

    async def aclose(self) -> None:
        async with AsyncExitStack() as stack:
            for client in self._clients.values():
                stack.push_async_callback(client.aclose)
