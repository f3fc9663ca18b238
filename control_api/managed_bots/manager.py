"""The manager bot: the operator's own bot in Telegram, which may make bots for people and read their tokens.

https://core.telegram.org/bots/api#getmanagedbottoken
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from control_api.kit.problems import BotyardError, ConflictError, UnavailableError
from control_api.managed_bots import words
from control_api.settings import ControlSettings

log = structlog.get_logger()

_SECONDS = 10.0
_TOO_FAST = 429
_NOT_ALLOWED = "Turn on Bot Management Mode for @{} in @BotFather's app (Bot Settings), then try again."
_REFUSED = "Telegram refuses BOTYARD_TELEGRAM_MANAGER_TOKEN; get a new token from @BotFather (/token)."


class NotManagedError(Exception):
    """Telegram does not hand over a bot's token: it is gone, or managed by this bot no longer."""


class Manager:
    """Its calls. `trouble` is why it does not work just now, for an operator."""

    def __init__(self, settings: ControlSettings) -> None:
        assert settings.telegram_manager_token is not None
        self._api = TelegramApi(settings.telegram_api_url, settings.telegram_manager_token.get_secret_value())
        self._username: str | None = None
        self.trouble: str | None = None

    async def username(self) -> str:
        """Its name in Telegram, once it has proven that it may make bots; ConflictError, UnavailableError."""
        if self._username is None:
            try:
                me = await self._api.call("getMe", wait=_SECONDS)
            except (TelegramError, UnreachableError) as error:
                raise _said(error) from None
            if not me.get("can_manage_bots"):
                raise _of_manager(_NOT_ALLOWED.format(me.get("username")))
            self._username = str(me["username"])
        return self._username

    async def token_of(self, bot: int) -> str:
        """The token of a bot that it manages; NotManagedError, and what a call raises."""
        try:
            return str(await self._api.call("getManagedBotToken", user_id=bot))
        except TelegramError as error:
            if error.code not in (400, 403):
                raise
            raise NotManagedError(error.description) from None

    async def listen(self) -> None:
        """Has its messages kept for `updates`: a webhook that was set before would take them."""
        await self._api.call("deleteWebhook", drop_pending_updates=False)

    async def updates(self, offset: int, wait: int) -> Sequence[dict[str, Any]]:
        """What has come since the offset, which confirms all before it; waits that many seconds for more."""
        found = await self._api.call(
            "getUpdates",
            wait=wait + 15,
            offset=offset,
            timeout=wait,
            allowed_updates=["message", "managed_bot"],
        )
        return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    async def say(self, chat: int, text: str, keyboard: dict[str, Any]) -> None:
        """Writes to somebody; raises where it is to be tried again.

        Who has blocked the bot is not written to, and that is no error.
        """
        try:
            await self._api.call("sendMessage", chat_id=chat, text=text, reply_markup=keyboard)
        except TelegramError as error:
            if error.code == _TOO_FAST or error.code >= 500:
                raise
            log.info("manager_bot_not_heard", code=error.code, reason=error.description)

    async def mention(self, chat: int, text: str) -> None:
        """The same to somebody who has no link: tried once, so that strangers hold up nobody."""
        try:
            await self.say(chat, text, words.NOTHING)
        except (TelegramError, UnreachableError) as error:
            log.info("manager_bot_not_heard", reason=str(error))

    async def aclose(self) -> None:
        await self._api.aclose()


def reason_of(error: TelegramError | UnreachableError) -> str:
    """What went wrong with a call, for an operator."""
    if isinstance(error, UnreachableError):
        return f"{error}; it is tried again"
    if error.code in (401, 404):
        return _REFUSED
    if error.code == 409:
        return "another program reads the manager bot's messages with the same token; stop it"
    return f"Telegram says {error}; it is tried again"


def _said(error: TelegramError | UnreachableError) -> BotyardError:
    if isinstance(error, TelegramError) and error.code in (401, 404):
        return _of_manager(_REFUSED)
    return UnavailableError("Telegram does not answer; try again in a moment.")


def _of_manager(detail: str) -> ConflictError:
    found = ConflictError(detail)
    found.title = "The manager bot cannot make bots"
    return found
