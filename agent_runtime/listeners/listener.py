"""One channel of one bot, listened to while its token stays the same: polled, or its webhook kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram import polling, webhook
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import Json, ProblemError

log = structlog.get_logger()

Accept = Callable[[list[Arrival]], Awaitable[None]]
Report = Callable[[ChannelState], None]
Announce = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Platform:
    """Two ways in: `poll` fetches messages, `keep_webhook` has them sent to the receiver."""

    poll: Callable[[str, RuntimeSettings, Accept, Report], Awaitable[None]]
    keep_webhook: Callable[[str, str, RuntimeSettings, Announce, Report], Awaitable[None]]


PLATFORMS = {"telegram": Platform(polling.listen, webhook.keep)}
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0


class Around(Protocol):
    """What a listener asks of those around it."""

    async def open(self, listener: Listener) -> str:
        """Its token. Raises ProblemError."""

    async def accept(self, listener: Listener, arrivals: list[Arrival]) -> None:
        """Returns after the commit."""

    async def announce(self, listener: Listener, digest: str) -> None:
        """Returns once the digest that the platform's proof must come to is stored."""

    def report(self, listener: Listener) -> None:
        """Its `state` has changed."""


class Listener:
    """Opens the token, listens, and tries again after a failure; a refused token is not tried again.

    There may be very many, most of them asleep: what one holds is what an idle bot costs here.
    """

    __slots__ = ("_around", "_settings", "bot", "claim", "platform", "revision", "sealed", "secret", "state")

    def __init__(
        self,
        around: Around,
        settings: RuntimeSettings,
        bot: str,
        platform: str,
        revision: str,
        secret: str,
        sealed: str,
    ) -> None:
        self._around, self._settings = around, settings
        self.bot, self.platform, self.revision = bot, platform, revision
        self.secret, self.sealed = secret, sealed
        self.claim: str | None = None
        self.state: ChannelState | None = None

    async def run(self, before: asyncio.Task[None] | None = None) -> None:
        """Until cancelled or refused for good; `before` is a listener in the same place that is ending."""
        if before is not None:
            await asyncio.wait({before})
            before = None
        wait = _FIRST_WAIT
        while True:
            try:
                await self._listening(await self._around.open(self))
                log.warning("listener_ended", bot=self.bot, platform=self.platform)
                return
            except ProblemError as error:
                if error.status not in (404, 503):
                    self._report(ChannelState("failed", str(error), error.problem.get("next_step")))
            except Exception:
                log.exception("listener_failed", bot=self.bot, platform=self.platform, again_in_s=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def told(self) -> Json:
        """Its state as the dispatcher takes it."""
        assert self.state is not None
        return {"bot": self.bot, "channel": self.platform, "state": self.state.to_dict()}

    def _listening(self, token: str) -> Awaitable[None]:
        platform, settings = PLATFORMS[self.platform], self._settings
        url = settings.webhook_url(self.bot)
        if url is None:
            return platform.poll(token, settings, self._accept, self._report)
        return platform.keep_webhook(token, url, settings, self._announce, self._report)

    async def _accept(self, arrivals: list[Arrival]) -> None:
        await self._around.accept(self, arrivals)

    async def _announce(self, digest: str) -> None:
        await self._around.announce(self, digest)

    def _report(self, state: ChannelState) -> None:
        self.state = state
        self._around.report(self)
