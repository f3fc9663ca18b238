"""The entrance of chat platforms: `POST /webhook/{id}`, which is Telegram's, and `/webhook/{id}/{channel}`.

Ids are public, so an unknown one may be told apart (404) from a proof that fails (401). Closed by default:
a channel that takes no webhooks has no proof that would do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_runtime.channels.telegram import inbound as telegram
from agent_runtime.failpoints import failpoint
from agent_runtime.mail import Arrival
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.problems import PROBLEM_HANDLERS, body_within, problem_answer
from agent_runtime.receiver.submissions import Submissions
from agent_runtime.wire import Link, ProblemError

log = structlog.get_logger()

# What a channel makes of an update, read and as text.
Identify = Callable[[dict[str, object], str], Arrival | None]

_LARGEST_UPDATE = 1024 * 1024
_PREFIX = "/webhook/"
_PROOF = telegram.PROOF_HEADER.encode("ascii")
# Empty: Telegram would carry out what a body says.
_STORED = Response()


def public_app(known: KnownBots, dispatcher: Link) -> ASGIApp:
    """Updates go straight to their method: a router, and what it wraps around, cost more than storing them.

    Whatever else comes is refused by the usual way.
    """
    entrance = Entrance(known, dispatcher)
    others = Starlette(
        routes=[
            Route("/webhook/{bot}", entrance.no_update, methods=["GET", "POST"]),
            Route("/webhook/{bot}/{channel}", entrance.no_update, methods=["GET", "POST"]),
        ],
        exception_handlers=PROBLEM_HANDLERS,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        bot = path[len(_PREFIX) :] if path.startswith(_PREFIX) else ""
        if scope["method"] != "POST" or not bot or "/" in bot:
            await others(scope, receive, send)
            return
        try:
            await entrance.telegram(bot, dict(scope["headers"]), receive)
        except ProblemError as error:
            await (await problem_answer(None, error))(scope, receive, send)
        else:
            await _STORED(scope, receive, send)

    return app


class Entrance:
    """One method a platform."""

    def __init__(self, known: KnownBots, dispatcher: Link) -> None:
        self._known, self._submissions = known, Submissions(dispatcher)

    async def telegram(self, bot: str, headers: Mapping[bytes, bytes], receive: Receive) -> None:
        """Returns once the update is stored.

        All but a 2xx makes Telegram send the update again, and nothing else of its chat before it: so what no
        second time makes readable is taken for stored too.
        """
        self._check_known(bot)
        # The proof comes first: a body that nobody may send is never read.
        shown = headers.get(_PROOF, b"").decode("latin-1")
        if not telegram.is_proven(shown, self._known.digest(bot, telegram.CHANNEL)):
            raise ProblemError(401, "not proven", "this bot takes no webhook with this proof")
        announced = headers.get(b"content-length", b"0").decode("latin-1")
        body = await body_within(receive, announced, _LARGEST_UPDATE)
        arrival = _read(bot, body, telegram.identify)
        if arrival is not None:
            await self._store(bot, telegram.CHANNEL, arrival, len(body))

    async def no_update(self, request: Request) -> Response:
        self._check_known(str(request.path_params["bot"]))
        raise ProblemError(401, "not proven", "this bot takes no webhook on this channel")

    def _check_known(self, bot: str) -> None:
        if bot not in self._known:
            raise ProblemError(404, "no such bot", "no bot of this id is registered here")

    async def _store(self, bot: str, channel: str, arrival: Arrival, length: int) -> None:
        """Returns after the commit. Raises ProblemError 503 where it can't be stored now."""
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


def _read(bot: str, body: bytes, identify: Identify) -> Arrival | None:
    text = ""
    try:
        text = body.decode()
        update = json.loads(text)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict):
        log.warning("update_unreadable", bot=bot, length=len(body))
        return None
    return identify(update, text)
