"""Who may talk to a bot, relayed to its runtime."""

from __future__ import annotations

from control_api.access.schemas import Access, Pairing
from control_api.audit.repository import record
from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.kit.relay import hive_problems
from control_api.platform import Platform


class AccessService:
    """The calls on access."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._bots = BotService(platform)

    async def read(self, caller: Caller, bot_id: str) -> Access:
        bot = await self._bots.get(caller, bot_id)
        with hive_problems():
            found = Access.model_validate(await self._platform.engine.inner.access(bot.id))
        if not (caller.may_write(bot.owner) and "bots:write" in caller.scopes):
            # Whoever sends the code becomes the bot's owner, which is more than looking at it.
            found.pairing = None
        return _linked(found)

    async def pair(self, caller: Caller, bot_id: str) -> Access:
        """A fresh code for another owner, or in place of one that leaked."""
        bot = await self._bots.writable(caller, bot_id)
        with hive_problems("code"):
            fresh = await self._platform.engine.inner.pair(bot.id)
        await self._record(caller, bot.id, "access.pair", "")
        found = await self.read(caller, bot_id)
        found.pairing = Pairing.model_validate(fresh["pairing"])
        return _linked(found)

    async def approve(self, caller: Caller, bot_id: str, sender: str) -> Access:
        bot = await self._bots.writable(caller, bot_id)
        with hive_problems("request"):
            await self._platform.engine.inner.approve(bot.id, {"sender": sender})
        await self._record(caller, bot.id, "access.approve", sender)
        return await self.read(caller, bot_id)

    async def revoke(self, caller: Caller, bot_id: str, sender: str) -> Access:
        bot = await self._bots.writable(caller, bot_id)
        with hive_problems("person"):
            await self._platform.engine.inner.revoke(bot.id, {"sender": sender})
        await self._record(caller, bot.id, "access.revoke", sender)
        return await self.read(caller, bot_id)

    async def _record(self, caller: Caller, bot: str, action: str, sender: str) -> None:
        async with self._platform.database.writing() as session:
            record(session, caller, action, bot=bot, outcome="done", detail=sender)


def _linked(found: Access) -> Access:
    if found.pairing is not None:
        found.link = next(iter(found.pairing.links.values()), None)
    return found
