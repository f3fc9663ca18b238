"""How a bot's connection to Discord does, as its owner sees it."""

from __future__ import annotations

from collections.abc import Callable

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.discord.application import PORTAL
from agent_runtime.channels.patience import pause_after

Report = Callable[[ChannelState], None]
TOKEN_REFUSED = ChannelState(
    "failed",
    "Discord refuses the bot's token: it was reset or mistyped.",
    "Get a new token in the Developer Portal (Bot, Reset Token) and set the secret again.",
)


class Line:
    """One bot's line. What is shown already is not reported again."""

    __slots__ = ("_failures", "_report", "_shown")

    def __init__(self, report: Report) -> None:
        self._report = report
        self._failures = 0
        self._shown: ChannelState | None = None

    def show(self, state: ChannelState) -> None:
        if state != self._shown:
            self._shown = state
            self._report(state)

    def well(self, state: ChannelState) -> None:
        """It works again, or still."""
        self._failures = 0
        self.show(state)

    def trouble(self, reason: str, retry_after: float | None = None) -> float:
        """Seconds to wait: exactly as long as Discord asks for, else longer each time, with jitter.

        A first failure is nobody's business: connections end all the time.
        """
        self._failures += 1
        if self._failures > 1:
            self.show(ChannelState("connecting", f"{reason}; trying again."))
        return pause_after(self._failures, retry_after)


def without_content(application: str) -> tuple[str, str]:
    """Reason and next step of a bot that reads only what is said to it."""
    return (
        "It reads direct messages and what mentions it, and nothing else: Message Content Intent is off.",
        f"Turn on Message Content Intent at {PORTAL}/{application}/bot, or leave it so.",
    )
