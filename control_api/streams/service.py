"""Streams of one bot: whole bots as they change, and the runtime's log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

from fastapi.sse import ServerSentEvent

from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.database import DatabaseAwayError
from control_api.kit.bells import EVERYBODY
from control_api.kit.relay import relay, until
from control_api.operations import repository
from control_api.platform import Platform
from control_api.rights import check_still_reads

_LOOK_EVERY = 5.0
_TRY_AGAIN = 0.5  # seconds until a database that is away is looked for again


class StreamService:
    """The streams of a bot."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def bot(self, caller: Caller, bot_id: str, seen: int | None) -> AsyncIterator[ServerSentEvent]:
        """The bot as it is, then after each change; `access` where people have paired or ask to talk to it.

        Each `bot` event is the whole bot, so one that was missed is made good by the next; with the id of the
        last one seen, the first comes once there is something newer. Before a `bot` an `access` has no id, so
        that a stream cut between the two tells both again.
        """
        bells, topic = self._platform.bells, f"bot:{bot_id}"
        bots, shown, heard = BotService(self._platform), "", seen
        while not bells.closing.is_set():
            ticket = bells.ticket(topic)
            try:
                async with self._platform.database.reading() as session:
                    newest = await repository.last_event(session, bot=bot_id)
                    asked = heard is not None and await repository.happened(session, bot_id, "access", heard)
                bot = await bots.find(bot_id)
                await check_still_reads(self._platform.database, caller, bot_id.partition(".")[0])
                if bot is None:
                    yield ServerSentEvent(id=str(newest), event="deleted", data={"id": bot_id})
                    return
                now = bot.model_dump_json(by_alias=True)
                changed = now != shown and (seen is None or newest > seen or shown)
                if asked:
                    last = None if changed else str(newest)
                    yield ServerSentEvent(id=last, event="access", data={"id": bot_id})
                if changed:
                    yield ServerSentEvent(id=str(newest), event="bot", raw_data=now)
                shown, heard = now, newest
                await bells.wait(topic, ticket, _LOOK_EVERY)
            except DatabaseAwayError:
                await bells.wait(topic, ticket, _TRY_AGAIN)
            finally:
                bells.drop(topic, ticket)

    async def logs(
        self, caller: Caller, bot_id: str, *, follow: bool, level: str | None, last: str | None
    ) -> AsyncIterator[ServerSentEvent]:
        """The log as the runtime has it, for as long as the caller may read it."""
        lines = self._platform.engine.inner.logs(bot_id, follow=follow, level=level, after=last)
        async for event in until(self._end(caller, bot_id), relay(lines)):
            yield _dated(event)

    async def _end(self, caller: Caller, bot_id: str) -> None:
        """Returns as we close, and raises once the caller may not read the bot any more."""
        bells = self._platform.bells
        while not bells.closing.is_set():
            ticket = bells.ticket(EVERYBODY)
            try:
                with suppress(DatabaseAwayError):
                    await check_still_reads(self._platform.database, caller, bot_id.partition(".")[0])
                await bells.wait(EVERYBODY, ticket, _LOOK_EVERY)
            finally:
                bells.drop(EVERYBODY, ticket)


def _dated(event: ServerSentEvent) -> ServerSentEvent:
    """The event with its time as all others have theirs; the runtime counts seconds."""
    at = event.data.get("at") if isinstance(event.data, dict) else None
    if not isinstance(at, int | float):
        return event
    moment = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    return event.model_copy(update={"data": {**event.data, "at": moment}})
