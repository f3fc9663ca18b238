"""Slack's way out: replies as messages in Slack's own Markdown, a second apart in a channel."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from agent_runtime.channels.calls import UnreachableError
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
from agent_runtime.channels.markdown import split_markdown
from agent_runtime.channels.slack.api import SlackApi, SlackError
from agent_runtime.channels.slack.reading import read_event
from agent_runtime.channels.slack.webhook import REFUSED_TOKENS, link_of
from agent_runtime.mail import MailWaitsError

# https://docs.slack.dev/reference/methods/chat.postMessage#markdown_text: at most 12,000 characters.
LONGEST = 12_000
# https://docs.slack.dev/apis/web-api/rate-limits: one message a second in a channel.
CHANNEL_SECONDS = 1.0
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
        self._free_at: dict[str, float] = {}

    async def read(self, payload: Mapping[str, Any]) -> Incoming:
        return read_event(payload)

    async def fetch(self, attached: Attached, largest: int) -> bytes | None:
        if attached.size > largest:
            return None
        try:
            return await self._api.download(attached.id, largest)
        except UnreachableError as error:
            raise MailWaitsError(str(error), "It is tried again; check the network.") from None
        except SlackError as error:
            raise RefusedError(f"{error}: the app needs the scope files:read") from None

    def parts(
        self, conversation: str, markdown: str, answer_to: str | None = None, shown: str | None = None
    ) -> list[dict[str, Any]]:
        """A thread is answered in the thread; `answer_to` says nothing more."""
        _, channel, *thread = conversation.split(":")
        place = {"channel": channel, **({"thread_ts": thread[0]} if thread else {})}
        return [{**place, "markdown_text": text} for text in split_markdown(_inert(markdown), LONGEST)]

    def pause(self, payload: Mapping[str, Any]) -> float:
        return max(0.0, self._free_at.get(payload["channel"], 0.0) - time.monotonic())

    async def send(self, payload: Mapping[str, Any]) -> str:
        channel = str(payload["channel"])
        try:
            answer = await self._api.call("chat.postMessage", unfurl_links=False, **payload)
        except UnreachableError as error:
            if error.sent:
                raise UncertainError(str(error)) from None
            raise WaitError(str(error), 2.0) from None
        except SlackError as error:
            if error.retry_after is not None:
                self._free_at[channel] = time.monotonic() + error.retry_after
            raise _meaning(error) from None
        self._free_at[channel] = time.monotonic() + CHANNEL_SECONDS
        return str(answer.get("ts", ""))

    def working(
        self, conversation: str, answer_to: str | None, preview: Preview
    ) -> AbstractAsyncContextManager[OnText]:
        return nullcontext(lambda text: None)

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
        await self._api.aclose()


def _inert(markdown: str) -> str:
    """Nobody is called by what a model wrote: `<!channel>` and `<@U1>` are text, as `<` is told from them.

    https://docs.slack.dev/messaging/formatting-message-text#special-mentions
    """
    for sign in ("!", "@", "#"):
        markdown = markdown.replace(f"<{sign}", f"<\u200b{sign}")
    return markdown.replace("\x00", "")


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
