"""Tells people in Telegram how the deploys of the bots ended that they have named."""

from __future__ import annotations

import asyncio

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.telegram.api import TelegramError
from agent_runtime.hive_client import HiveAwayError, HiveError
from control_api.bots import repository as bots
from control_api.managed_bots import repository, words
from control_api.managed_bots.manager import Manager
from control_api.models import ManagedBot, Operation
from control_api.models.managed_bot import bell
from control_api.operations import repository as operations
from control_api.operations.ledger import OPERATIONS_BELL
from control_api.operations.plan import ENDED
from control_api.platform import Platform

log = structlog.get_logger()

# Seconds between looks, while somebody waits and while nobody does.
_LOOK_EVERY, _SELDOM = 1.0, 5.0


class Ending:
    """Looks after the deploys that somebody in Telegram waits for."""

    def __init__(self, platform: Platform, manager: Manager) -> None:
        self._platform = platform
        self._manager = manager
        self._database = platform.leaders_database
        self._bells = platform.bells

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            ticket = self._bells.ticket(OPERATIONS_BELL)
            async with self._database.reading() as session:
                rows = await repository.deploying(session)
                found = [(row, await operations.operation(session, row.operation)) for row in rows]
            for row, operation in found:
                if operation is not None and operation.state in ENDED:
                    await self._end(row, operation)
            await self._bells.wait(OPERATIONS_BELL, ticket, _LOOK_EVERY if rows else _SELDOM)

    async def _end(self, row: ManagedBot, operation: Operation) -> None:
        if operation.state == "succeeded":
            text, keyboard = words.live(str(row.telegram_username), await self._link(row))
        else:
            text, keyboard = words.failed(row.bot), words.NOTHING
        try:
            await self._manager.say(int(row.telegram_user or 0), text, keyboard)
        except (TelegramError, UnreachableError) as error:
            # It is said at the next look.
            log.info("managed_bot_ending_waits", bot=row.bot, reason=str(error))
            await asyncio.sleep(getattr(error, "retry_after", None) or _LOOK_EVERY)
            return
        await self._settle(row.id, operation)

    async def _settle(self, row_id: str, operation: Operation) -> None:
        async with self._database.writing() as session:
            row = await session.get(ManagedBot, row_id)
            if row is None:
                return
            bot = await bots.bot(session, row.bot)
            row.sealed = bot.secrets.get(row.secret, {}).get("digest") if bot is not None else None
            row.state = "live" if operation.state == "succeeded" else "failed"
            row.reason = (operation.error or {}).get("detail")
            session.add(row)
        self._bells.ring(bell(row_id))

    async def _link(self, row: ManagedBot) -> str:
        """Where the bot's maker finds it; by this link they become its owner, where it has none yet."""
        plain = f"https://t.me/{row.telegram_username}"
        try:
            access = await self._platform.engine.inner.access(row.bot)
        except (HiveAwayError, HiveError):
            return plain
        links = (access.get("pairing") or {}).get("links") or {}
        return str(links.get("telegram") or plain)
