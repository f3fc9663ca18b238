"""Chat with a deployed bot, and draft turns, relayed to the runtime."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi.sse import ServerSentEvent

from agent_runtime.spec import SpecError, parse_spec
from agent_runtime.spec.owner import with_defaults
from control_api.bots import problems
from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.drafts.schemas import ChatRequest, Try
from control_api.kit.problems import ConflictError
from control_api.kit.relay import relay
from control_api.platform import Platform
from gitops.change import missing_secrets
from gitops.errors import FleetError


@dataclass(frozen=True)
class Draft:
    """A draft turn that may be taken."""

    spec: dict[str, Any]
    secrets: dict[str, str]
    bot: str | None
    messages: list[dict[str, Any]]


class DraftService:
    """The calls that talk."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def chat(self, caller: Caller, bot_id: str, body: ChatRequest) -> AsyncIterator[ServerSentEvent]:
        """One turn on the web channel."""
        turn = self._platform.engine.inner.chat(
            bot_id, text=body.text, sender=f"user:{caller.user}", conversation=_on_the_web(body.conversation)
        )
        async for event in relay(turn):
            yield event

    async def checked(self, caller: Caller, body: Try) -> Draft:
        """The draft, once the specification is valid, its secrets are there and the bot is the caller's."""
        stored: dict[str, Any] = {}
        if body.bot is not None:
            bot = await BotService(self._platform).writable(caller, body.bot)
            if bot.version is None:
                raise ConflictError("The bot is not committed yet; wait until it is, or leave `bot` out.")
            stored = dict(bot.secrets)
        owner = body.bot.partition(".")[0] if body.bot is not None else caller.user
        try:
            settings = await self._platform.fleet.settings_of(owner)
        except FleetError as error:
            raise problems.of_fleet(error, "") from None
        data = with_defaults(body.spec, settings.defaults)
        try:
            parse_spec(body.spec)
            spec = parse_spec(data)
            if missing := missing_secrets(spec, {**stored, **body.secrets}):
                raise SpecError(missing, title="A secret is missing")
        except SpecError as error:
            raise problems.of_spec(error) from None
        messages = [{"role": each.role, "content": each.text} for each in body.messages]
        return Draft(data, dict(body.secrets), body.bot, messages)

    async def run(self, draft: Draft) -> AsyncIterator[ServerSentEvent]:
        """The draft turn's events."""
        turn = self._platform.engine.inner.try_draft(draft.spec, draft.secrets, draft.messages, draft.bot)
        async for event in relay(turn):
            yield event


def _on_the_web(conversation: str | None) -> str | None:
    # Conversations of chat platforms have prefixes of their own and cannot be entered from here.
    return None if conversation is None else f"web:{conversation.removeprefix('web:')}"
