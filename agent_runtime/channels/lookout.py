"""A channel whose platform sends its messages, looked after with its token, ever more rarely while well.

Between two looks there is one small object and neither a task nor a connection.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from agent_runtime.channels.calls import UnreachableError
from agent_runtime.channels.channel import ChannelState, TokenRefusedError, WaitError
from agent_runtime.channels.patience import pause_after

log = structlog.get_logger()

Announce = Callable[[str], Awaitable[None]]
Report = Callable[[ChannelState], None]
# Seconds for a call of a look: a platform that hangs is not to hold up the looks of other bots.
WITHIN = 10.0
_FIRST_LOOK, _LONGEST_LOOK = 2.0, 900.0


class BrokenError(Exception):
    """The platform says why messages can't come; `state` says it to the bot's owner."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.state = ChannelState("failed", reason, next_step)


class See(Protocol):
    """One look at a platform."""

    async def __call__(self, url: str, announce: Announce, *, first: bool) -> ChannelState:
        """How the channel does, where messages are to come to `url`; the `first` look registers it.

        TokenRefusedError (with what to do about it), BrokenError, WaitError, UnreachableError.
        """


class Lookout:
    """One bot's channel."""

    __slots__ = ("_failures", "_report", "_see", "_shown", "_wait", "_well")

    def __init__(self, see: See, report: Report) -> None:
        self._see, self._report = see, report
        self._shown: ChannelState | None = None
        self._well, self._wait, self._failures = False, _FIRST_LOOK, 0

    async def look(self, url: str, announce: Announce) -> float | None:
        """The seconds until the next look, None for a refused token."""
        if self._shown is None:
            self._show(ChannelState("connecting"))
        try:
            state = await self._see(url, announce, first=not self._well)
        except TokenRefusedError as error:
            reason, _, next_step = str(error).partition("\n")
            self._show(ChannelState("failed", reason, next_step))
            return None
        except BrokenError as error:
            self._well = False
            self._show(error.state)
            return self._pause(None)
        except WaitError as error:
            return self._pause(error.seconds)
        except UnreachableError as error:
            if self._failures >= 1:
                reason = f"{error}; trying again."
                self._show(ChannelState("connecting", reason, "Check this machine's network if it stays so."))
            return self._pause(None)
        self._well, self._failures = True, 0
        self._show(state)
        pause = random.uniform(self._wait / 2, self._wait)  # noqa: S311 - spreads load, keeps no secret
        self._wait = min(self._wait * 4, _LONGEST_LOOK)
        return pause

    def _show(self, state: ChannelState) -> None:
        if state != self._shown:
            self._shown = state
            self._report(state)

    def _pause(self, asked: float | None) -> float:
        self._failures += 1
        self._wait = _FIRST_LOOK
        return pause_after(self._failures, asked)


def needs_public_url(platform: str, report: Report) -> None:
    """What is left to say where messages can only be sent to a URL, and there is none."""
    report(
        ChannelState(
            "failed",
            f"{platform} sends messages to a public URL, and Botyard has none.",
            "Set BOTYARD_PUBLIC_URL to the https address at which this machine can be reached.",
        )
    )
