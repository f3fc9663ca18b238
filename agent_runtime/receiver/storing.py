"""Messages of a webhook on their way into the inbox, and what is answered where they can't get there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival
from agent_runtime.receiver.submissions import Submissions
from agent_runtime.wire import Line, ProblemError

log = structlog.get_logger()


class Storing:
    """One for the receiver's process."""

    def __init__(self, dispatcher: Line) -> None:
        self._submissions = Submissions(dispatcher)

    async def store(self, bot: str, channel: str, arrivals: Sequence[Arrival], length: int) -> None:
        """Returns after the commit of all; `length` is what they have in bytes.

        Raises ProblemError 503 where one can't be stored now: sent again, the others are known.
        """
        if len(arrivals) == 1:
            await self.one(bot, channel, arrivals[0], length)
        elif arrivals:
            await asyncio.gather(*(self.one(bot, channel, each, length) for each in arrivals))

    async def one(self, bot: str, channel: str, arrival: Arrival, length: int) -> None:
        try:
            await self._submissions.store(bot, channel, arrival, length)
            failpoint("receiver.stored")
        except ProblemError as error:
            if error.status == 422:
                log.warning("update_refused", bot=bot, channel=channel, reason=str(error))
            elif error.status == 404:
                raise
            else:
                raise ProblemError(503, "not stored", str(error)) from None
