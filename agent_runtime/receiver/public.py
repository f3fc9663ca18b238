"""The entrance of chat platforms: `POST /webhook/{id}`, which is Telegram's, and `/webhook/{id}/{channel}`.

Ids are public, so an unknown one may be told apart (404) from a proof that fails (401). Closed by default:
a channel that takes no webhooks has no proof that would do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_runtime.channels.telegram import inbound as telegram
from agent_runtime.mail import Arrival
from agent_runtime.receiver.known import KnownBots
from agent_runtime.receiver.problems import PROBLEM_HANDLERS, body_within, problem_answer
from agent_runtime.receiver.signed import SignedEntrance
from agent_runtime.receiver.storing import Storing
from agent_runtime.wire import Line, ProblemError

log = structlog.get_logger()

_LARGEST_UPDATE = 1024 * 1024
_PREFIX = "/webhook/"
_PROOF = telegram.PROOF_HEADER.encode("ascii")
# Without a body: Telegram would carry out what it says.
_STORED: tuple[Message, ...] = (
    {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]},
    {"type": "http.response.body"},
)


def public_app(known: KnownBots, dispatcher: Line, keeper: Line) -> ASGIApp:
    """Updates go straight to their method: a router, and what it wraps around, cost more than storing them.

    Whatever else comes goes the usual way.
    """
    storing = Storing(dispatcher)
    entrance, signed = Entrance(known, storing), SignedEntrance(known, keeper, storing)
    others = Starlette(
        routes=[
            Route("/webhook/{bot}", entrance.no_update, methods=["GET", "POST"]),
            Route("/webhook/{bot}/{channel}", signed.answer, methods=["GET", "POST"]),
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
            for message in _STORED:
                await send(message)

    return app


class Entrance:
    """Telegram's."""

    def __init__(self, known: KnownBots, storing: Storing) -> None:
        self._known, self._storing = known, storing

    async def telegram(self, bot: str, headers: Mapping[bytes, bytes], receive: Receive) -> None:
        """Returns once the update is stored.

        All but a 2xx makes Telegram send the update again, and nothing else of its chat before it: so what no
        second time makes readable is taken for stored too.
        """
        self._known.check(bot)
        # The proof comes first: a body that nobody may send is never read.
        shown = headers.get(_PROOF, b"").decode("latin-1")
        if not telegram.is_proven(shown, self._known.digest(bot, telegram.CHANNEL)):
            raise ProblemError(401, "not proven", "this bot takes no webhook with this proof")
        announced = headers.get(b"content-length", b"0").decode("latin-1")
        body = await body_within(receive, announced, _LARGEST_UPDATE)
        arrival = _read(bot, body)
        if arrival is not None:
            await self._storing.one(bot, telegram.CHANNEL, arrival, len(body))

    async def no_update(self, request: Request) -> Response:
        self._known.check(str(request.path_params["bot"]))
        raise ProblemError(401, "not proven", "this bot takes no webhook on this channel")


def _read(bot: str, body: bytes) -> Arrival | None:
    text = ""
    try:
        text = body.decode()
        update = json.loads(text)
    except (ValueError, RecursionError):
        update = None
    if not isinstance(update, dict):
        log.warning("update_unreadable", bot=bot, length=len(body))
        return None
    return telegram.identify(update, text)
