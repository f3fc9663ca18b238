"""One channel of one bot, listened to while its token stays the same: polled, or its webhook kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram import polling, webhook
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import ProblemError

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


class Listener:
    """Opens the token, listens, and tries again after a failure; a refused token is not tried again."""

    def __init__(
        self,
        bot: str,
        platform: str,
        settings: RuntimeSettings,
        open_token: Callable[[], Awaitable[str]],
        accept: Accept,
        announce: Announce,
        report: Report,
    ) -> None:
        self._bot, self._platform, self._settings = bot, platform, settings
        self._open_token, self._report = open_token, report
        self._accept, self._announce = accept, announce

    async def run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                token = await self._open_token()
                await self._listen(token)
                log.warning("listener_ended", bot=self._bot, platform=self._platform)
                return
            except ProblemError as error:
                if error.status not in (404, 503):
                    self._report(ChannelState("failed", str(error), error.problem.get("next_step")))
            except Exception:
                log.exception("listener_failed", bot=self._bot, platform=self._platform, again_in_s=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    async def _listen(self, token: str) -> None:
        platform, settings = PLATFORMS[self._platform], self._settings
        url = settings.webhook_url(self._bot)
        if url is None:
            await platform.poll(token, settings, self._accept, self._report)
        else:
            await platform.keep_webhook(token, url, settings, self._announce, self._report)


def state_told(bot: str, platform: str, state: ChannelState) -> dict[str, object]:
    return {"bot": bot, "channel": platform, "state": asdict(state)}
