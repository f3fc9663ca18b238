"""Request bodies read strictly: no duplicate keys, no NaN, a bounded depth.

A common parser drops a key given twice in silence, and another reader could see the other value.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

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
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def read(text: bytes | str) -> Any:
    """The value of a JSON text; raises `json.JSONDecodeError` with a sentence for people."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise _refused(f"nested more than {DEEPEST} levels deep") from None
    except UnicodeDecodeError:
        raise _refused("the body is not UTF-8") from None
    if _depth_exceeds(value, DEEPEST):
        raise _refused(f"nested more than {DEEPEST} levels deep")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _refused(f"the key {twice!r} is given twice")
    return result


def _constant(name: str) -> Any:
    raise _refused(f"{name} is not JSON")


def _refused(reason: str) -> json.JSONDecodeError:
    return json.JSONDecodeError(reason, "", 0)


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
