"""Problems as HTTP answers, and bodies that can't be larger than they may."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from agent_runtime.wire import ProblemError

log = structlog.get_logger()


async def problem_answer(_: Request | None, error: Exception) -> Response:
    """`application/problem+json` (RFC 9457)."""
    assert isinstance(error, ProblemError)
    status = error.status if 400 <= error.status < 600 else 500
    headers = {"retry-after": "1"} if status == 503 else {}
    return Response(
        json.dumps({**error.problem, "status": status}),
        status,
        headers=headers,
        media_type="application/problem+json",
    )


async def no_route_answer(request: Request, error: Exception) -> Response:
    """What the router refuses, such as an unknown path or method."""
    assert isinstance(error, HTTPException)
    known = {404: "nothing is at this path", 405: "this path does not take this method"}
    title = HTTPStatus(error.status_code).phrase.lower()
    problem = ProblemError(error.status_code, title, known.get(error.status_code, error.detail))
    response = await problem_answer(request, problem)
    response.headers.update(error.headers or {})
    return response


PROBLEM_HANDLERS: dict[Any, Any] = {ProblemError: problem_answer, HTTPException: no_route_answer}


async def body_within(receive: Receive, announced: str, limit: int) -> bytes:
    """The body, of which never more than the limit is held; `announced` is its Content-Length.

    Raises ProblemError 413, or 400 where the sender goes before its end.
    """
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ProblemError(400, "broken off", "the body did not come to its end")
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)


async def json_body(request: Request, limit: int) -> dict[str, Any]:
    """The body as an object. Raises ProblemError 422."""
    body = await body_within(request.receive, request.headers.get("content-length", "0"), limit)
    try:
        data = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        raise ProblemError(422, "not JSON", "the body must be a JSON object") from None
    if not isinstance(data, dict):
        raise ProblemError(422, "not an object", "the body must be a JSON object")
    return data


def _too_large(limit: int) -> ProblemError:
    return ProblemError(413, "too large", f"a body may have {limit} bytes here")
