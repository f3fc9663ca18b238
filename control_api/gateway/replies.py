"""What the gateway says itself, when it does not pass a request on: problem+json, with what to do next."""

from __future__ import annotations

import json
from typing import Any

_PROBLEMS = {
    400: ("Bad request", "The request is not valid HTTP, or one of its headers is not accepted."),
    408: (
        "Request time-out",
        "The request did not arrive in time: send it again, faster or in smaller parts.",
    ),
    413: ("Request too large", "The body is larger than this call takes, which is 1 MiB."),
    429: ("Too many requests", "The gateway's rate limit is reached: wait a moment, then ask again."),
    431: ("Headers too large", "The request's headers are larger than the 32 KiB that are accepted."),
    503: (
        "Not reachable just now",
        "The part that answers this is restarting or overloaded: try again shortly.",
    ),
    504: ("No answer in time", "The part that answers this took too long: try again shortly."),
}
_RETRY_AFTER = {429: "1", 503: "1"}


def local_replies() -> dict[str, Any]:
    """Envoy's `local_reply_config`."""
    return {"mappers": [_mapper(status, title, detail) for status, (title, detail) in _PROBLEMS.items()]}


def _mapper(status: int, title: str, detail: str) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    mapper: dict[str, Any] = {
        "filter": {
            "status_code_filter": {
                "comparison": {
                    "op": "EQ",
                    "value": {"default_value": status, "runtime_key": f"botyard.reply.{status}"},
                }
            }
        },
        "body_format_override": {
            "text_format_source": {"inline_string": json.dumps(problem)},
            "content_type": "application/problem+json",
        },
    }
    if status in _RETRY_AFTER:
        mapper["headers_to_add"] = [{"header": {"key": "retry-after", "value": _RETRY_AFTER[status]}}]
    return mapper
