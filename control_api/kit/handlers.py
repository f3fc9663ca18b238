"""The one file that turns errors into `application/problem+json`."""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from agent_runtime.spec.problems import pointer
from control_api.kit.problems import MEDIA_TYPE, BotyardError, FieldProblem, NoRoomError, problem
from control_api.kit.sentences import sentence

log = structlog.get_logger()

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_TITLES = {
    400: "The request cannot be understood",
    404: "Not found",
    405: "Method not allowed",
    413: "The body is too large",
}
_DETAILS = {
    404: "There is nothing at this address. The calls are listed at /api/v1/docs.",
    405: "The calls at this address take other methods, named in Allow.",
    413: "Send at most 1 MiB.",
}


class ProblemResponse(JSONResponse):
    """A problem document with its media type."""

    media_type = MEDIA_TYPE


def install(app: FastAPI) -> None:
    """Registers the handlers on the application."""
    app.add_exception_handler(BotyardError, _botyard_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OSError, _system_error)
    app.add_exception_handler(Exception, _unexpected)


async def _botyard_error(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, BotyardError)
    return ProblemResponse(error.body(), status_code=error.status, headers=error.headers)


async def _validation_error(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    errors = field_problems(error.errors())
    detail = "; ".join(f"{e.pointer or 'body'}: {e.detail}" for e in errors[:5])
    return ProblemResponse(problem(422, "The request is not valid", detail, errors), status_code=422)


async def _http_error(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, str(error.detail))
    detail = _DETAILS.get(error.status_code, str(error.detail))
    body = problem(error.status_code, title, detail)
    return ProblemResponse(body, status_code=error.status_code, headers=error.headers)


async def _system_error(request: Request, error: Exception) -> ProblemResponse:
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return await _botyard_error(request, NoRoomError())
    raise error


async def _unexpected(request: Request, error: Exception) -> ProblemResponse:
    # The traceback goes to the log without local variables, which could hold a secret.
    log.error("request_failed", method=request.method, path=request.url.path, error=type(error).__name__)
    detail = "The log of the control API has the reason. Nothing is half done; try again."
    return ProblemResponse(problem(500, BotyardError.title, detail), status_code=500)


def field_problems(errors: Sequence[Any]) -> list[FieldProblem]:
    """Pydantic's errors as pointers and sentences. The input is never repeated: it may be a secret."""
    return [FieldProblem(pointer=_pointer(e), detail=sentence(e)) for e in errors]


def _pointer(error: Mapping[str, Any]) -> str:
    place = list(error.get("loc", ()))
    if error.get("type") == "json_invalid":
        return ""
    if place and place[0] == "body":
        place = place[1:]
    elif place and place[0] in {"query", "path", "header", "cookie"}:
        # What follows the name is a place within its values.
        return ":".join(map(str, place[:2]))
    return pointer(*place)
