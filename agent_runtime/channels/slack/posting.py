"""Messages put where they belong: posted, or into the message that the answer was shown in while it grew."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from agent_runtime.channels.slack.api import SlackApi, SlackError

# https://docs.slack.dev/apis/web-api/rate-limits: one message a second in a channel.
CHANNEL_SECONDS = 1.0
# chat.update is of tier 3: fifty a minute, in all channels together.
EDIT_SECONDS = 1.2
# https://docs.slack.dev/reference/methods/chat.update#errors
_NOT_EDITABLE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
Payload = Mapping[str, Any]


class Posting:
    """All messages of one bot. `put` raises SlackError and UnreachableError."""

    def __init__(self, api: SlackApi) -> None:
        self._api = api
        self._free_at: dict[str, float] = {}
        self._edits_free_at = 0.0

    def pause(self, payload: Payload) -> float:
        """Seconds until Slack takes it, as far as its limits are known."""
        edits = payload.get("shown") is not None
        free_at = self._edits_free_at if edits else self._free_at.get(payload["channel"], 0.0)
        return max(0.0, free_at - time.monotonic())

    async def put(self, payload: Payload, wait: float = 30.0) -> str:
        """The time of the message, which is its id in the channel."""
        post = {key: value for key, value in payload.items() if key != "shown"}
        if payload.get("shown") is None:
            return await self._post(post, wait)
        edit = {key: value for key, value in post.items() if key != "thread_ts"}
        try:
            await self._call("chat.update", wait, ts=payload["shown"], **edit)
        except SlackError as error:
            if error.code not in _NOT_EDITABLE:
                raise
            return await self._post(post, wait)
        self._edits_free_at = time.monotonic() + EDIT_SECONDS
        return str(payload["shown"])

    async def _post(self, post: dict[str, Any], wait: float) -> str:
        answer = await self._call("chat.postMessage", wait, unfurl_links=False, **post)
        self._free_at[post["channel"]] = time.monotonic() + CHANNEL_SECONDS
        return str(answer.get("ts", ""))

    async def _call(self, method: str, wait: float, **arguments: Any) -> dict[str, Any]:
        try:
            return await self._api.call(method, wait, **arguments)
        except SlackError as error:
            if error.retry_after is not None:
                free_at = time.monotonic() + error.retry_after
                if method == "chat.update":
                    self._edits_free_at = free_at
                else:
                    self._free_at[arguments["channel"]] = free_at
            raise
