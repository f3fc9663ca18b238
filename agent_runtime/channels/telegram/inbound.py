"""Telegram's way in: take ids from updates, and poll for them where no webhook is set."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError, UnreachableError
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings

log = structlog.get_logger()

CHANNEL = "telegram"
# Telegram holds a poll open for at most 50 seconds; it ends it early when something comes.
POLL_SECONDS = 50
ALLOWED_UPDATES = ["message"]
_LONGEST_PAUSE = 60.0

Accept = Callable[[list[Arrival]], Awaitable[None]]
Report = Callable[[ChannelState], None]


def identify(update: Mapping[str, Any]) -> Arrival | None:
    """The ids of an update; None where it holds no message of a person in a private chat.

    The update id is what is unique: Telegram repeats an update under the same one.
    """
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, dict) or not isinstance(sender, dict):
        return None
    if chat.get("type") != "private" or sender.get("is_bot"):
        return None
    numbers = (update.get("update_id"), chat.get("id"), sender.get("id"))
    if not all(isinstance(number, int) for number in numbers):
        return None
    return Arrival(
        platform_id=str(numbers[0]),
        conversation=f"{CHANNEL}:{numbers[1]}",
        sender=f"{CHANNEL}:{numbers[2]}",
        payload=dict(update),
    )


def link_of(username: str, start: str | None = None) -> str:
    """https://core.telegram.org/bots/features#deep-linking."""
    return f"https://t.me/{username}" + (f"?start={start}" if start else "")


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
        self._report = state
        self._connected: ChannelState | None = None
        self._shown: ChannelState | None = None
        self._failures = 0
        self._offset = 0
        self._revoked = False

    def _show(self, state: ChannelState) -> None:
        if state != self._shown:
            self._shown = state
            self._report(state)

    async def run(self) -> None:
        self._show(ChannelState("connecting"))
        while not self._revoked:
            try:
                if self._connected is None:
                    self._connected = await self._connect()
                updates = await self._poll()
            except TelegramError as error:
                await self._refused(error)
            except UnreachableError as error:
                await self._unreachable(error)
            else:
                await self._take(updates)
                self._failures = 0
                self._show(self._connected)

    async def _connect(self) -> ChannelState:
        me = await self._api.call("getMe")
        # A webhook that was set before would take the messages; none that wait for it are thrown away.
        await self._api.call("deleteWebhook", drop_pending_updates=False)
        username = str(me.get("username", ""))
        return ChannelState("connected", name=str(me.get("first_name", "")), link=link_of(username))

    async def _poll(self) -> list[dict[str, Any]]:
        # The first poll asks for what is there at once, so that "connected" is shown when it is proven.
        wait = POLL_SECONDS if self._shown == self._connected else 0
        parameters: dict[str, Any] = {"timeout": wait, "allowed_updates": ALLOWED_UPDATES}
        if self._offset:
            parameters["offset"] = self._offset
        updates = await self._api.call("getUpdates", wait=wait + 15, **parameters)
        return [update for update in updates if isinstance(update, dict)] if isinstance(updates, list) else []

    async def _take(self, updates: list[dict[str, Any]]) -> None:
        if not updates:
            return
        arrivals = [arrival for arrival in map(identify, updates) if arrival is not None]
        if arrivals:
            await self._accept(arrivals)
        self._offset = max(int(update["update_id"]) for update in updates) + 1

    async def _refused(self, error: TelegramError) -> None:
        if error.code in (401, 404):
            # 404 is what a token gets that is no token at all: the path names no bot.
            self._show(
                ChannelState(
                    "failed",
                    "Telegram refuses the bot's token: it was revoked or mistyped.",
                    "Get a new token from @BotFather (/token) and set the secret again, for instance by "
                    "`botyard deploy FILE --secret TELEGRAM_TOKEN`.",
                )
            )
            self._revoked = True
            return
        if error.code == 409:
            self._connected = None
            self._show(
                ChannelState(
                    "failed",
                    "Another program reads this bot's messages with the same token.",
                    "Stop the other program, or get a new token from @BotFather (/revoke) and set it here.",
                )
            )
        log.warning("telegram_poll_refused", code=error.code, reason=error.description)
        await self._pause(error.retry_after)

    async def _unreachable(self, error: UnreachableError) -> None:
        log.warning("telegram_unreachable", reason=str(error))
        if self._failures >= 1:
            self._show(
                ChannelState(
                    "connecting", f"{error}; trying again.", "Check this machine's network if it stays so."
                )
            )
        await self._pause(None)

    async def _pause(self, retry_after: float | None) -> None:
        """Exactly as long as Telegram asks for; else longer each time, with jitter."""
        self._failures += 1
        if retry_after is not None:
            await asyncio.sleep(retry_after)
            return
        limit = min(_LONGEST_PAUSE, 0.5 * 2 ** min(self._failures, 8))
        await asyncio.sleep(random.uniform(limit / 2, limit))  # noqa: S311 - spreads load, keeps no secret
