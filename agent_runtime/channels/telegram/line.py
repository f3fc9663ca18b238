"""What both ways in have in common: say how it goes, and try again as politely as Telegram asks for."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.patience import pause_after
from agent_runtime.channels.telegram.api import TelegramApi, TelegramError
from agent_runtime.channels.telegram.inbound import link_of
from agent_runtime.commands import COMMANDS

log = structlog.get_logger()

Report = Callable[[ChannelState], None]
# Seconds for a call that is answered at once or not at all.
WITHIN = 10.0


class Line:
    """One bot's line to Telegram. `revoked` ends it for good: Telegram refuses the token."""

    __slots__ = ("_failures", "_report", "revoked", "shown")

    def __init__(self, report: Report) -> None:
        self._report = report
        self._failures = 0
        self.shown: ChannelState | None = None
        self.revoked = False

    def show(self, state: ChannelState) -> None:
        if state != self.shown:
            self.shown = state
            self._report(state)

    def well(self, state: ChannelState) -> None:
        """It works again, or still."""
        self._failures = 0
        self.show(state)

    def refused(self, error: TelegramError, state: ChannelState | None = None) -> float:
        """Show a refusal, as `state` where its reason is known; a refused token ends the line.

        Returns the seconds to wait before the next call, as `unreachable` does.
        """
        if error.code in (401, 404):
            # 404 is what a token gets that is no token at all: the path names no bot.
            self.revoked = True
            self.show(
                ChannelState(
                    "failed",
                    "Telegram refuses the bot's token: it was revoked or mistyped.",
                    "Get a new token from @BotFather (/token) and set the secret again, for instance by "
                    "`botyard deploy FILE --secret TELEGRAM_TOKEN`.",
                )
            )
            return 0.0
        if state is not None:
            self.show(state)
        log.warning("telegram_refused", code=error.code, reason=error.description)
        return self._pause(error.retry_after)

    def unreachable(self, error: UnreachableError) -> float:
        log.warning("telegram_unreachable", reason=str(error))
        if self._failures >= 1:
            reason = f"{error}; trying again."
            self.show(ChannelState("connecting", reason, "Check this machine's network if it stays so."))
        return self._pause(None)

    def _pause(self, retry_after: float | None) -> float:
        self._failures += 1
        return pause_after(self._failures, retry_after)


async def connected(api: TelegramApi) -> ChannelState:
    """Who the bot is, as a connected channel shows it. Raises what a call raises.

    Its menu of commands is set by the way; a bot whose menu Telegram does not take answers all the same.
    """
    me = await api.call("getMe", wait=WITHIN)
    menu = [{"command": name, "description": what} for name, what in COMMANDS.items()]
    try:
        await api.call("setMyCommands", wait=WITHIN, commands=menu)
    except TelegramError as error:
        log.warning("telegram_menu_refused", code=error.code, reason=error.description)
    return ChannelState(
        "connected", name=str(me.get("first_name", "")), link=link_of(str(me.get("username", "")))
    )
