"""Which bots are public, and a visitor's turn with one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from fastapi.sse import ServerSentEvent

from control_api.bots.schemas import Bot
from control_api.bots.service import BotService
from control_api.kit.problems import NotFoundError, problem
from control_api.kit.relay import relay
from control_api.platform import Platform
from control_api.public_chat.schemas import VisitorMessage

_SORRY = problem(
    502,
    "It cannot answer just now",
    "Something is wrong with this bot; its owner can see what.",
    extra={"next_step": "Try again in a while."},
)


class PublicChatService:
    """The calls of strangers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def public(self, bot_id: str) -> Bot:
        """The bot, if it has a public chat. One that has none looks like one that does not exist."""
        bot = await BotService(self._platform).find(bot_id)
        if bot is None or bot.version is None or _web(bot).get("public") is not True:
            raise NotFoundError("chat")
        return bot

    async def chat(self, bot: Bot, visitor: str, message: VisitorMessage) -> AsyncIterator[ServerSentEvent]:
        """One turn. What it cost and why it failed is the owner's business."""
        turn = self._platform.engine.inner.chat(
            bot.id,
            text=message.text,
            sender=f"visitor:{visitor}",
            # A prefix of its own, so that no visitor enters a conversation of somebody who is signed in.
            conversation=f"web:public-{message.conversation}",
        )
        async for event in relay(turn):
            if event.event == "done" and isinstance(event.data, dict):
                yield ServerSentEvent(event="done", data={"text": event.data.get("text", "")})
            elif event.event == "error":
                yield ServerSentEvent(event="error", data={"problem": _SORRY})
            else:
                yield event


def origins_of(bot: Bot) -> list[str]:
    """The sites that may show the chat in a frame."""
    return [str(origin) for origin in _web(bot).get("origins") or []]


def _web(bot: Bot) -> dict[str, Any]:
    web = (bot.spec.get("channels") or {}).get("web")
    return web if isinstance(web, dict) else {}
