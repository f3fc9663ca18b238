"""Discord's way out: replies as messages that Discord takes, as fast as it says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from agent_runtime.channels.calls import reading, sending
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
from agent_runtime.channels.discord.api import DiscordApi, DiscordError
from agent_runtime.channels.discord.reading import read
from agent_runtime.channels.discord.refused import RefusedCalls
from agent_runtime.channels.discord.sending import Sending, payloads
from agent_runtime.channels.discord.writing import Writing
from agent_runtime.channels.showing import Showing
from agent_runtime.mail import MailWaitsError

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json: no such channel, server or person,
# or one that takes no messages of this bot.
_GONE = frozenset({10003, 10004, 10013, 50007, 50278})
_MAY_NOT = frozenset({50001, 50013})
_LET_IT = "let the bot view the channel and send messages there"


class DiscordOutbound:
    """`Outbound` of one bot's channels."""

    def __init__(self, base_url: str, token: str, refused: RefusedCalls | None = None) -> None:
        self._api = DiscordApi(base_url, token, refused)
        self._sending = Sending(self._api)
        self._showing = Showing()

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        return read(payload)

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        if attached.size > largest:
            return None
        with reading():
            try:
                return await self._api.download(attached.id, largest)
            except DiscordError as error:
                if error.status == 429 or error.status >= 500:
                    raise MailWaitsError(str(error), "It is tried again.") from None
                raise RefusedError(str(error)) from None

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        return payloads(conversation, markdown, answer_to, shown)

    def pause(self, payload: Mapping[str, Any]) -> float:
        return self._sending.pause(payload)

    async def send(self, payload: Mapping[str, Any]) -> str:
        with sending():
            try:
                return await self._sending.put(payload)
            except DiscordError as error:
                raise _meaning(error) from None

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        [opening, *_] = payloads(conversation, "…", answer_to)
        return self._showing.of(Writing(self._api, self._sending, opening, preview))

    async def link(self, start: str | None = None) -> str | None:
        return None  # Discord has no link that says something to a bot.

    async def aclose(self) -> None:
        await self._showing.aclose()
        await self._api.aclose()


def _meaning(error: DiscordError) -> Exception:
    if error.status == 401:
        return TokenRefusedError("Discord refuses the bot's token")
    if error.status == 429:
        return WaitError("Discord says: too many requests", error.retry_after or 1.0)
    if error.code in _GONE:
        return GoneError(str(error))
    if error.status >= 500:
        # It may have been sent before whatever broke.
        return UncertainError(f"Discord has trouble ({error.status})")
    return RefusedError(f"{error}: {_LET_IT}" if error.code in _MAY_NOT else str(error))
