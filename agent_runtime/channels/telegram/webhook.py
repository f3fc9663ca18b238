"""Telegram told where to send messages, and looked after: the way in where a public URL is set.

The messages themselves come to the receiver. Between two looks there is one small object and neither a task
nor a connection, so that a bot that nobody writes to costs next to nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.telegram.inbound import ALLOWED_UPDATES, digest_of, secret_of
from agent_runtime.channels.telegram.line import WITHIN, Line, Report, connected
from agent_runtime.settings import RuntimeSettings

Announce = Callable[[str], Awaitable[None]]
_FIRST_LOOK, _DOUBTFUL_LOOK, _LONGEST_LOOK = 1.0, 2.0, 900.0
# Seconds that errors may go on for while nothing is wrong: the receiver restarts, perhaps twice.
_RESTARTS_TAKE = 4
_OTHER_PROGRAM = ChannelState(
    "failed",
    "Another program takes this bot's messages with the same token.",
    "Stop the other program, or get a new token from @BotFather (/revoke) and set it here.",
)


class Webhook:
    """One bot's webhook: registered by the first look, and seen to by the later ones."""

    __slots__ = (
        "_announced",
        "_connected",
        "_doubted",
        "_known_error",
        "_line",
        "_settings",
        "_token",
        "_wait",
    )

    def __init__(self, token: str, settings: RuntimeSettings, state: Report) -> None:
        self._token, self._settings = token, settings
        self._line = Line(state)
        self._announced = False
        self._connected: ChannelState | None = None
        self._known_error: Any = None
        self._doubted: Any = None
        self._wait = _FIRST_LOOK

    async def look(self, url: str, announce: Announce) -> float | None:
        """See that messages are sent to `url`: the seconds until the next look, None for a refused token.

        `announce` returns once the digest of the secret is stored, and only then Telegram is told the secret.
        """
        if not self._announced:
            self._line.show(ChannelState("connecting"))
            await announce(digest_of(secret_of(self._token)))
            self._announced = True
        try:
            await self._see(url)
        except TelegramError as error:
            pause = self._line.refused(error, self._refusal(error))
            return None if self._line.revoked else pause
        except UnreachableError as error:
            return self._line.unreachable(error)
        pause = random.uniform(self._wait / 2, self._wait)  # noqa: S311 - spreads load, keeps no secret
        self._wait = min(self._wait * 4, _LONGEST_LOOK)
        return pause

    async def _see(self, url: str) -> None:
        api = TelegramApi(self._settings.telegram_api_url, self._token)
        try:
            if self._connected is None:
                self._connected = await self._register(api, url)
                self._line.well(self._connected)
                return
            info = await api.call("getWebhookInfo", wait=WITHIN)
        finally:
            await api.aclose()
        if info.get("url") == url:
            self._judge(info, url)
            return
        # Registered anew after the wait: two that share a token both go on trying, and both say so.
        self._connected = None
        self._line.show(_OTHER_PROGRAM)

    async def _register(self, api: TelegramApi, url: str) -> ChannelState:
        state = await connected(api)
        await api.call(
            "setWebhook",
            wait=WITHIN,
            url=url,
            secret_token=secret_of(self._token),
            allowed_updates=ALLOWED_UPDATES,
            drop_pending_updates=False,
        )
        info = await api.call("getWebhookInfo", wait=WITHIN)
        if info.get("url") != url:
            raise TelegramError(409, "the webhook was set and is not there")
        # An error from before, of another machine or of our own restart, says nothing of now.
        self._known_error = self._doubted = info.get("last_error_date")
        return state

    def _judge(self, info: dict[str, Any], url: str) -> None:
        """Messages that wait while errors go on can't get in; once none wait, all is well again.

        Errors of a moment are what a receiver that restarts leaves behind. Their dates are Telegram's, in
        seconds: https://core.telegram.org/bots/api#webhookinfo
        """
        assert self._connected is not None
        error = info.get("last_error_date")
        if not info.get("pending_update_count"):
            self._known_error = self._doubted = error
            self._line.well(self._connected)
        elif error is not None and error != self._known_error:
            self._wait = min(self._wait, _DOUBTFUL_LOOK)
            if self._doubted == self._known_error:
                self._doubted = error
            if error - self._doubted < _RESTARTS_TAKE:
                return
            self._line.show(
                ChannelState(
                    "failed",
                    f"Telegram cannot deliver messages: {info.get('last_error_message')}",
                    f"See that {url} can be reached from the internet, with a valid certificate.",
                )
            )

    def _refusal(self, error: TelegramError) -> ChannelState | None:
        """What Telegram says of the URL is for whoever can change it; what passes by itself is waited out."""
        if error.code == 409:
            return _OTHER_PROGRAM
        if error.code != 400:
            return None
        return ChannelState(
            "failed",
            f"Telegram does not take the webhook: {error.description}",
            "Set BOTYARD_PUBLIC_URL to an https address that Telegram can reach: port 443, 80, 88 or 8443.",
        )
