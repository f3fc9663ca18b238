"""Request bodies read strictly: the specification's own JSON reader, and a bounded depth.

A common parser drops a key given twice in silence, and another reader could see the other value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from agent_runtime.spec import SpecError, strict_json
from control_api.kit.problems import InvalidError

DEEPEST = 40


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    async def json(self) -> Any:
        return read(await self.body())


class StrictRoute(APIRoute):
    """A route whose JSON body is read strictly."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is not None and _has_body(request) and not _is_json(request):
                raise InvalidError("The body is not sent as JSON: send Content-Type: application/json.")
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def read(text: bytes) -> Any:
    """The value of a JSON text; raises `json.JSONDecodeError`, which FastAPI answers as a 422 of ours."""
    try:
        value = strict_json(text)
    except SpecError as error:
        raise json.JSONDecodeError(f"the body {error.problems[0].detail}", "", 0) from None
    if _depth_exceeds(value, DEEPEST):
        raise json.JSONDecodeError(f"the body is nested more than {DEEPEST} levels deep", "", 0)
    return value


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return False
    return True
