"""A bot as its worker uses it; `agent_runtime.bot.Bot` is the one that there is outside of tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, Protocol

from agent_runtime.mail import Mail
from agent_runtime.settings import RuntimeSettings
from agent_runtime.spec import BotSpec
from agent_runtime.store.ledger import Ledger
from agent_runtime.wire import Json

Stream = Callable[[str], None]
# What it returns, if anything, is done once the report is stored.
Report = Callable[[str, dict[str, Any]], Awaitable[Any] | None]


class AnyBot(Protocol):
    """An answer has `text`, `usage` and `conversation`."""

    async def begin(self) -> None: ...

    async def answer(self, mail: Mail, stream: Stream) -> Any: ...

    async def draft(
        self, messages: Sequence[dict[str, Any]], stream: Stream, max_output_tokens: int | None = None
    ) -> Any: ...

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]: ...

    async def cancel(self, conversation: str) -> bool: ...

    async def interrupt(self, conversation: str, sender: str, channel: str, payload: str) -> None: ...

    async def aclose(self) -> None: ...


MakeBot = Callable[[str, BotSpec, Mapping[str, str], Ledger, RuntimeSettings, Report], AnyBot]


def plain_answer(answer: Any) -> Json:
    """An answer as it travels."""
    usage: Any = getattr(answer, "usage", None) or {}
    if is_dataclass(usage) and not isinstance(usage, type):
        usage = asdict(usage)
    return {
        "text": getattr(answer, "text", "") or "",
        "usage": dict(usage),
        "conversation": getattr(answer, "conversation", None),
        "finish": getattr(answer, "finish", "complete"),
    }
