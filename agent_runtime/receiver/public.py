"""The entrance of chat platforms: `POST /webhook/{id}` and `/webhook/{id}/{channel}`.

Ids are public, so an unknown one may be told apart (404) from a proof that fails (401). Closed by default:
while no channel takes webhooks, every proof fails.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from agent_runtime.receiver.problems import PROBLEM_HANDLERS
from agent_runtime.wire import ProblemError


def public_app(knows: Callable[[str], bool]) -> Starlette:
    """`knows` says whether a bot of this id is registered."""

    async def webhook(request: Request) -> Response:
        # The proof comes first: a body that nobody may send is never read.
        if not knows(request.path_params["bot"]):
            raise ProblemError(404, "no such bot", "no bot of this id is registered here")
        raise ProblemError(401, "not proven", "this bot takes no webhook on this channel")

    routes = [
        Route("/webhook/{bot}", webhook, methods=["GET", "POST"]),
        Route("/webhook/{bot}/{channel}", webhook, methods=["GET", "POST"]),
    ]
    return Starlette(routes=routes, exception_handlers=PROBLEM_HANDLERS)
