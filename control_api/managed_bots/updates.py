"""Takes what comes to the manager bot, in order; Telegram keeps what was not taken for a day."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.telegram.api import TelegramError
from control_api.kit.problems import BotyardError, UnavailableError
from control_api.managed_bots import words
from control_api.managed_bots.handover import Handover
from control_api.managed_bots.manager import Manager, reason_of

log = structlog.get_logger()

# Telegram holds a poll open for at most 50 seconds; it ends it early when something comes.
_POLL_SECONDS = 50
_TRIES = 3
_LONGEST_PAUSE = 30.0


class Updates:
    """The manager bot's way in. The offset moves once what an update asks for is done or refused."""

    def __init__(self, manager: Manager, handover: Handover) -> None:
        self._manager = manager
        self._handover = handover
        self._offset = 0
        self._failures = 0
        self._tries = 0

    async def run(self) -> None:
        """Until cancelled; what does not work just now is tried again, as politely as Telegram asks for."""
        while True:
            try:
                await self._listen()
            except (TelegramError, UnreachableError) as error:
                self._trouble(reason_of(error))
                await asyncio.sleep(self._pause(getattr(error, "retry_after", None)))
            except UnavailableError as error:
                await asyncio.sleep(self._pause(None))
                log.debug("manager_bot_waits", reason=error.detail)
            except BotyardError as error:
                self._trouble(error.detail)
                await asyncio.sleep(_LONGEST_PAUSE)

    async def _listen(self) -> None:
        await self._manager.username()
        await self._manager.listen()
        wait = 0
        while True:
            updates = await self._manager.updates(self._offset, wait)
            self._manager.trouble, self._failures, wait = None, 0, _POLL_SECONDS
            for update in updates:
                await self._take(update)
                self._offset = int(update["update_id"]) + 1

    async def _take(self, update: Mapping[str, Any]) -> None:
        try:
            await self._done(update)
        except (TelegramError, UnreachableError, UnavailableError, OSError):
            raise
        except Exception as error:
            self._tries += 1
            if self._tries < _TRIES:
                raise
            log.exception("managed_bot_update_set_aside", error=type(error).__name__)
        self._tries = 0

    async def _done(self, update: Mapping[str, Any]) -> None:
        if isinstance(changed := update.get("managed_bot"), dict):
            await self._handover.made(changed["user"], changed["bot"])
        elif isinstance(message := update.get("message"), dict):
            await self._message(message)

    async def _message(self, message: Mapping[str, Any]) -> None:
        person = message.get("from") or {}
        if message["chat"].get("type") != "private" or person.get("is_bot"):
            return
        if isinstance(created := message.get("managed_bot_created"), dict):
            if not await self._handover.made(person, created["bot"]):
                text = words.unasked(created["bot"]["username"])
                await self._manager.mention(int(person["id"]), text)
        elif str(message.get("text", "")).split()[:1] == ["/start"]:
            code = str(message["text"]).partition(" ")[2].strip()
            if code:
                await self._handover.opened(person, code)
            else:
                await self._manager.mention(int(person["id"]), words.WHO)

    def _trouble(self, reason: str) -> None:
        if reason != self._manager.trouble:
            log.warning("manager_bot_trouble", reason=reason)
        self._manager.trouble = reason

    def _pause(self, retry_after: float | None) -> float:
        self._failures += 1
        return (
            retry_after if retry_after is not None else min(_LONGEST_PAUSE, 0.5 * 2 ** min(self._failures, 6))
        )
