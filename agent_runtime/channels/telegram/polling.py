"""Telegram asked for messages, again and again: the way in where no public URL is set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.telegram.inbound import ALLOWED_UPDATES, identify
from agent_runtime.channels.telegram.line import Line, Report, connected
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings

# Telegram holds a poll open for at most 50 seconds; it ends it early when something comes.
POLL_SECONDS = 50

Accept = Callable[[list[Arrival]], Awaitable[None]]
_OTHER_READER = ChannelState(
    "failed",
    "Another program reads this bot's messages with the same token.",
    "Stop the other program, or get a new token from @BotFather (/revoke) and set it here.",
)


async def listen(token: str, settings: RuntimeSettings, accept: Accept, state: Report) -> None:
    """Poll until cancelled, or until Telegram refuses the token, which is shown and ends it for good.

    `accept` returns once the messages are stored, and only then the offset moves: what was not comes again.
    """
    api = TelegramApi(settings.telegram_api_url, token)
    try:
        await _Listener(api, accept, state).run()
    finally:
        await api.aclose()


class _Listener:
    def __init__(self, api: TelegramApi, accept: Accept, state: Report) -> None:
        self._api = api
        self._accept = accept
        self._line = Line(state)
        self._connected: ChannelState | None = None
        self._offset = 0

    async def run(self) -> None:
        self._line.show(ChannelState("connecting"))
        while not self._line.revoked:
            try:
                if self._connected is None:
                    self._connected = await self._connect()
                updates = await self._poll()
            except TelegramError as error:
                await asyncio.sleep(self._refused(error))
            except UnreachableError as error:
                await asyncio.sleep(self._line.unreachable(error))
            else:
                await self._take(updates)
                self._line.well(self._connected)

    async def _connect(self) -> ChannelState:
        state = await connected(self._api)
        # A webhook that was set before would take the messages; none that wait for it are thrown away.
        await self._api.call("deleteWebhook", drop_pending_updates=False)
        return state

    async def _poll(self) -> list[dict[str, Any]]:
        # The first poll asks for what is there at once, so that "connected" is shown when it is proven.
        wait = POLL_SECONDS if self._line.shown == self._connected else 0
        parameters: dict[str, Any] = {"timeout": wait, "allowed_updates": ALLOWED_UPDATES}
        if self._offset:
            parameters["offset"] = self._offset
        updates = await self._api.call("getUpdates", wait=wait + 15, **parameters)
        return [update for update in updates if isinstance(update, dict)] if isinstance(updates, list) else []

    async def _take(self, updates: list[dict[str, Any]]) -> None:
        if not updates:
            return
        taken = (identify(update, json.dumps(update)) for update in updates)
        arrivals = [arrival for arrival in taken if arrival is not None]
        if arrivals:
            failpoint("listener.fetched")
            await self._accept(arrivals)
            failpoint("listener.stored")
        self._offset = max(int(update["update_id"]) for update in updates) + 1

    def _refused(self, error: TelegramError) -> float:
        if error.code == 409:
            self._connected = None
        return self._line.refused(error, _OTHER_READER if error.code == 409 else None)
