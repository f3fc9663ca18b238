"""Conversations of a bot, relayed to its runtime."""

from __future__ import annotations

from control_api.audit.repository import record
from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.conversations.schemas import Conversation, Conversations, ConversationText
from control_api.kit.paging import Paging, encode
from control_api.kit.problems import NotFoundError
from control_api.kit.relay import hive_problems
from control_api.platform import Platform


class ConversationService:
    """The calls on conversations."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._bots = BotService(platform)

    async def list(self, caller: Caller, bot_id: str, paging: Paging) -> Conversations:
        bot = await self._bots.get(caller, bot_id)
        params = {"limit": paging.limit, **({"cursor": paging.after} if paging.after else {})}
        with hive_problems():
            found = await self._platform.engine.inner.conversations(bot.id, **params)
        items = [Conversation.model_validate({"id": each["conversation"], **each}) for each in found["items"]]
        cursor = found.get("next_cursor")
        return Conversations(items=items, next_cursor=encode(str(cursor)) if cursor else None)

    async def read(self, caller: Caller, bot_id: str, conversation: str) -> ConversationText:
        bot = await self._bots.get(caller, bot_id)
        with hive_problems("conversation"):
            found = await self._platform.engine.inner.conversation(bot.id, conversation)
        return ConversationText.model_validate({"id": conversation, **found})

    async def erase(self, caller: Caller, bot_id: str, conversation: str) -> None:
        bot = await self._bots.writable(caller, bot_id)
        with hive_problems("conversation"):
            answer = await self._platform.engine.inner.erase_conversation(bot.id, conversation)
        # Erasing nothing is no error to the runtime; to whoever mistyped the name it is.
        if not answer.get("erased"):
            raise NotFoundError("conversation")
        async with self._platform.database.writing() as session:
            record(session, caller, "conversation.erase", bot=bot.id, outcome="done", detail=conversation)
