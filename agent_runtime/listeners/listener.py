"""One channel of one bot, listened to for as long as its token stays the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import structlog

from agent_runtime.channels.channel import ChannelState
from agent_runtime.channels.telegram import inbound as telegram
from agent_runtime.mail import Arrival
from agent_runtime.settings import RuntimeSettings
from agent_runtime.wire import ProblemError

log = structlog.get_logger()

Accept = Callable[[list[Arrival]], Awaitable[None]]
Report = Callable[[ChannelState], None]
Listen = Callable[[str, RuntimeSettings, Accept, Report], Awaitable[None]]

PLATFORMS: dict[str, Listen] = {"telegram": telegram.listen}
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
        report: Report,
    ) -> None:
        self._bot, self._platform, self._settings = bot, platform, settings
        self._open_token, self._accept, self._report = open_token, accept, report

    async def run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            try:
                token = await self._open_token()
                await PLATFORMS[self._platform](token, self._settings, self._accept, self._report)
                log.warning("listener_ended", bot=self._bot, platform=self._platform)
                return
            except ProblemError as error:
                if error.status not in (404, 503):
                    self._report(ChannelState("failed", str(error), error.problem.get("next_step")))
            except Exception:
                log.exception("listener_failed", bot=self._bot, platform=self._platform, again_in_s=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)


def state_told(bot: str, platform: str, state: ChannelState) -> dict[str, object]:
    return {"bot": bot, "channel": platform, "state": asdict(state)}
