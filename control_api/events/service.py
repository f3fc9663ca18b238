"""One stream of what happens to all bots: what many events tell of one bot at a time is told once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from fastapi.sse import ServerSentEvent

from control_api.bots.service import BotService
from control_api.caller import Caller
from control_api.database import DatabaseAwayError
from control_api.models import Event
from control_api.operations import repository
from control_api.platform import Platform
from control_api.rights import renewed

_TOPIC = "bots"
_LOOK_EVERY = 5.0
_TRY_AGAIN = 0.5
# Whoever has missed more reads everything anew, which costs less.
_MOST_MISSED = 2_000


class EventService:
    """The stream of all bots."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def watch(self, caller: Caller, after: int | None) -> AsyncIterator[ServerSentEvent]:
        """Bots and operations that the caller sees, each as it is after what happened to it."""
        bells = self._platform.bells
        while not bells.closing.is_set():
            ticket = bells.ticket(_TOPIC)
            try:
                after, missed = await self._start(after)
                if missed:
                    yield ServerSentEvent(id=str(after), event="reset", data={})
                async with self._platform.database.reading() as session:
                    found = await repository.events(session, after=after)
                    owners = await repository.owners_of(session, {e.operation for e in found if e.operation})
                now = await renewed(self._platform.database, caller)
                seen = [e for e in found if now.may_read(owners.get(e.operation or "") or _owner(e.bot))]
                if found:
                    after = found[-1].id or after
                if now.owners != caller.owners:
                    yield ServerSentEvent(id=str(after), event="reset", data={})
                caller = now
                async for event in self._told(seen, after):
                    yield event
                if not found:
                    await bells.wait(_TOPIC, ticket, _LOOK_EVERY)
            except DatabaseAwayError:
                await bells.wait(_TOPIC, ticket, _TRY_AGAIN)
            finally:
                bells.drop(_TOPIC, ticket)

    async def _start(self, after: int | None) -> tuple[int, bool]:
        """From where to go on, and whether too much lies before it."""
        if after is None:
            async with self._platform.database.reading() as session:
                return await repository.last_event(session), False
        async with self._platform.database.reading() as session:
            newest = await repository.last_event(session)
        # After a restore the ids begin lower again.
        missed = after > newest or newest - after > _MOST_MISSED
        return (newest, True) if missed else (after, False)

    async def _told(self, events: Sequence[Event], after: int) -> AsyncIterator[ServerSentEvent]:
        """Only the last carries an id, of all that was found: a stream that breaks off tells it again."""
        newest = {event.operation: event for event in events if event.event == "operation"}
        told = [("operation", event.data) for event in newest.values()]
        changed = {event.bot for event in events if event.bot}
        bots = {bot.id: bot for bot in await BotService(self._platform).views_of(changed)}
        told += [("bot", bot.model_dump(mode="json", by_alias=True)) for bot in bots.values()]
        told += [("deleted", {"id": bot}) for bot in sorted(changed - bots.keys())]
        for number, (name, data) in enumerate(told, start=1):
            last = str(after) if number == len(told) else None
            yield ServerSentEvent(id=last, event=name, data=data)


def _owner(bot: str) -> str:
    return bot.partition(".")[0]
