"""Gives bots that were made by a tap the token that they have in Telegram now."""

from __future__ import annotations

import structlog

from control_api.bots import repository as bots
from control_api.bots.answers import Accepted
from control_api.bots.writes import BotWrites
from control_api.caller import Caller
from control_api.kit.problems import BotyardError, NoRoomError, UnavailableError
from control_api.kit.write_headers import WriteHeaders
from control_api.managed_bots.asker import caller_of
from control_api.managed_bots.manager import Manager, NotManagedError
from control_api.models import Bot, ManagedBot
from control_api.platform import Platform

log = structlog.get_logger()


class Renewal:
    """Follows the tokens of bots that run."""

    def __init__(self, platform: Platform, manager: Manager) -> None:
        self._platform = platform
        self._manager = manager
        self._database = platform.leaders_database

    async def renew(self, row: ManagedBot) -> None:
        """Sets the token anew if it has changed, unless somebody has set another one here.

        UnavailableError while the bot is being deployed with the one before.
        """
        try:
            token = await self._manager.token_of(int(row.telegram_bot or 0))
        except NotManagedError as error:
            log.info("managed_bot_left_alone", bot=row.bot, reason=str(error))
            return
        mark = self._platform.fingerprints.of(token.encode())
        if mark == row.token_mark:
            return
        if row.state == "deploying":
            raise UnavailableError(
                "The bot is being deployed with the token that it had before; try again in a few seconds."
            )
        caller = await self._may_set(row)
        operation = await self._set(caller, row, token) if caller is not None else None
        if operation is not None:
            await self._begun(row.id, operation, mark)

    async def _may_set(self, row: ManagedBot) -> Caller | None:
        """In whose name to set it; None where it is not ours to set."""
        async with self._database.reading() as session:
            bot = await bots.bot(session, row.bot)
            caller = await caller_of(session, row.user)
        if bot is not None and not bot.gone and caller is not None and _digest(bot, row) == row.sealed:
            return caller
        log.info("managed_bot_left_alone", bot=row.bot)
        return None

    async def _set(self, caller: Caller, row: ManagedBot, token: str) -> str | None:
        writes = BotWrites(self._platform, caller, WriteHeaders(), None)
        try:
            accepted = await writes.set_secret(row.bot, row.secret, token)
        except (UnavailableError, NoRoomError):
            raise
        except BotyardError as error:
            log.info("managed_bot_not_renewed", bot=row.bot, reason=error.detail)
            return None
        assert isinstance(accepted, Accepted)
        return accepted.operation

    async def _begun(self, row_id: str, operation: str, mark: str) -> None:
        async with self._database.writing() as session:
            row = await session.get(ManagedBot, row_id)
            if row is not None:
                row.state, row.operation, row.token_mark = "deploying", operation, mark
                session.add(row)


def _digest(bot: Bot, row: ManagedBot) -> str | None:
    """Of the sealed file that the bot has now for its token."""
    found: str | None = bot.secrets.get(row.secret, {}).get("digest")
    return found
