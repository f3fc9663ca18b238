"""Slack's way out: replies as messages in Markdown, which grow while they are written."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from agent_runtime.channels.calls import UnreachableError, reading, sending
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
from agent_runtime.channels.showing import Showing
from agent_runtime.channels.slack.api import SlackApi, SlackError
from agent_runtime.channels.slack.formatting import pieces
from agent_runtime.channels.slack.people import People
from agent_runtime.channels.slack.posting import Posting
from agent_runtime.channels.slack.reading import read_event
from agent_runtime.channels.slack.webhook import REFUSED_TOKENS, link_of
from agent_runtime.channels.slack.writing import Writing
from agent_runtime.mail import MailWaitsError

_GONE = frozenset(
    {
        "channel_not_found", "is_archived", "not_in_channel", "user_not_found", "user_disabled",
        "cannot_dm_bot", "messages_tab_disabled", "restricted_action", "thread_not_found",
    }
)  # fmt: skip


class SlackOutbound:
    """`Outbound` of one bot's channels."""

    def __init__(self, base_url: str, token: str) -> None:
        self._api = SlackApi(base_url, token)
        self._posting, self._people = Posting(self._api), People(self._api)
        self._showing = Showing()

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        return read_event(payload, await self._people.name(payload))

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        if attached.size > largest:
            return None
        with reading():
            try:
                return await self._api.download(attached.id, largest)
            except SlackError as error:
                if error.retry_after is not None or error.in_doubt:
                    raise MailWaitsError(str(error), "It is tried again.") from None
                raise RefusedError(f"{error}: the app needs the scope files:read") from None

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        """A thread is answered in the thread; `answer_to` says nothing more."""
        place = _place(conversation)
        messages: list[dict[str, Any]] = [{**place, "markdown_text": text} for text in pieces(markdown)]
        if shown is not None:
            messages[0]["shown"] = shown
        return messages

    def pause(self, payload: Mapping[str, Any]) -> float:
        return self._posting.pause(payload)

    async def send(self, payload: Mapping[str, Any]) -> str:
        with sending():
            try:
                return await self._posting.put(payload)
            except SlackError as error:
                raise _meaning(error) from None

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        return self._showing.of(Writing(self._posting, _place(conversation), preview))

    async def link(self, start: str | None = None) -> str | None:
        """The conversation with the bot; no link of Slack's says something there."""
        if start is not None:
            return None
        try:
            me = await self._api.call("auth.test", wait=5.0)
        except (SlackError, UnreachableError):
            return None
        return link_of(str(me.get("team_id", "")), str(me.get("user_id", "")))

    async def aclose(self) -> None:
        await self._showing.aclose()
        await self._api.aclose()


def _place(conversation: str) -> dict[str, str]:
    """`slack:<channel>:<thread>` as arguments of a call."""
    _, channel, *thread = conversation.split(":")
    return {"channel": channel, **({"thread_ts": thread[0]} if thread else {})}


def _meaning(error: SlackError) -> Exception:
    if error.code in REFUSED_TOKENS:
        return TokenRefusedError(f"Slack refuses the bot's token ({error.code})")
    if error.retry_after is not None:
        return WaitError("Slack says: too many messages", error.retry_after)
    if error.code in _GONE:
        return GoneError(error.code)
    if error.in_doubt:
        return UncertainError(f"Slack has trouble ({error.code})")
    return RefusedError(error.code)
