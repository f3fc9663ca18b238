"""The stream of one link: how far its bot has come, told as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

from control_api.caller import Caller
from control_api.database import DatabaseAwayError
from control_api.kit.problems import NotFoundError
from control_api.managed_bots.service import ManagedBotService
from control_api.models.managed_bot import bell
from control_api.platform import Platform
from control_api.rights import renewed

# A link that expires rings for nobody.
_LOOK_EVERY = 5.0
_TRY_AGAIN = 0.5
_OVER = frozenset({"live", "failed", "expired"})


async def watch(platform: Platform, caller: Caller, managed_id: str) -> AsyncIterator[ServerSentEvent]:
    """The whole of it at once and after each change, until it is over; `deleted` where it is taken back."""
    bells, topic, shown = platform.bells, bell(managed_id), ""
    while not bells.closing.is_set():
        ticket = bells.ticket(topic)
        try:
            present = await renewed(platform.database, caller)
            link = await ManagedBotService(platform).get(present, managed_id)
            if (now := link.model_dump_json()) != shown:
                yield ServerSentEvent(event="link", raw_data=now)
            if link.state in _OVER:
                return
            shown = now
            await bells.wait(topic, ticket, _LOOK_EVERY)
        except NotFoundError:
            yield ServerSentEvent(event="deleted", data={"id": managed_id})
            return
        except DatabaseAwayError:
            await bells.wait(topic, ticket, _TRY_AGAIN)
        finally:
            bells.drop(topic, ticket)
