"""The web channel's way out: there is nothing to send, for the reply streams back on the request."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from agent_runtime.channels.channel import Attached, Incoming, OnText, Preview, RefusedError


class WebOutbound:
    """`Outbound` of the page and the API."""

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        text = payload.get("text")
        if not isinstance(text, str) or not text.strip():
            return Incoming("", unreadable="an empty message")
        return Incoming(text)

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        raise RefusedError("the web channel takes no files")

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        return []

    def pause(self, payload: Mapping[str, Any]) -> float:
        return 0.0

    async def send(self, payload: Mapping[str, Any]) -> str:
        raise RefusedError("the web channel sends nothing by itself")

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        return nullcontext(lambda text: None)

    async def link(self, start: str | None = None) -> str | None:
        return None

    async def aclose(self) -> None:
        return None
