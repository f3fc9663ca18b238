"""The entrance of chat platforms: `POST /webhook/{id}`, which is Telegram's, and `/webhook/{id}/{channel}`.

Ids are public, so an unknown one may be told apart (404) from a proof that fails (401). Closed by default:
a channel that takes no webhooks has no proof that would do.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent_runtime.channels.telegram import inbound as telegram
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.problems import PROBLEM_HANDLERS, body_within
from agent_runtime.wire import Link, ProblemError

log = structlog.get_logger()

_LARGEST_UPDATE = 1024 * 1024
# Before the gateway gives up (30 s), so that the platform reads what is the matter.
_STORED_WITHIN = 20.0


def public_app(known: KnownBots, dispatcher: Link) -> Starlette:
    entrance = Entrance(known, dispatcher)
    routes = [
        Route("/webhook/{bot}", entrance.telegram, methods=["GET", "POST"]),
        Route("/webhook/{bot}/{channel}", entrance.other, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=PROBLEM_HANDLERS)


class Entrance:
    """One method a platform."""

    def __init__(self, known: KnownBots, dispatcher: Link) -> None:
        self._known, self._dispatcher = known, dispatcher

    async def telegram(self, request: Request) -> Response:
        """An empty 200 once the update is stored: Telegram would carry out what a body says.

        All but a 2xx makes Telegram send the update again, and nothing else of its chat before it: so what no
        second time makes readable gets its 200 too.
        """
        bot = self._bot(request)
        # The proof comes first: a body that nobody may send is never read.
        shown = request.headers.get(telegram.PROOF_HEADER)
        proven = telegram.is_proven(shown, self._known.digest(bot, telegram.CHANNEL))
        if request.method != "POST" or not proven:
            raise ProblemError(401, "not proven", "this bot takes no webhook with this proof")
        arrival = _read(bot, await body_within(request, _LARGEST_UPDATE), telegram.identify)
        if arrival is not None:
            await self._store(bot, telegram.CHANNEL, arrival)
        return Response()

    async def other(self, request: Request) -> Response:
        self._bot(request)
        raise ProblemError(401, "not proven", "this bot takes no webhook on this channel")

    def _bot(self, request: Request) -> str:
        bot = str(request.path_params["bot"])
        if bot not in self._known:
            raise ProblemError(404, "no such bot", "no bot of this id is registered here")
        return bot

    async def _store(self, bot: str, channel: str, arrival: Arrival) -> None:
        """Returns after the commit. Raises ProblemError 503 where it can't be stored now."""
        question = {"bot": bot, "channel": channel, "arrivals": [asdict(arrival)]}
        try:
            async with asyncio.timeout(_STORED_WITHIN):
                await self._dispatcher.ask("submit", question, again=True)
            failpoint("receiver.stored")
        except TimeoutError:
            raise ProblemError(503, "not stored in time", "send it again") from None
        except ProblemError as error:
            if error.status == 422:
                log.warning("update_refused", bot=bot, channel=channel, reason=str(error))
            elif error.status == 404:
                raise
            else:
                raise ProblemError(503, "not stored", str(error)) from None


def _read(bot: str, body: bytes, identify: Callable[[dict[str, object]], Arrival | None]) -> Arrival | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict):
        log.warning("update_unreadable", bot=bot, length=len(body))
        return None
    return identify(update)
