"""What the API refused, in words: its problem document and the next step for each status."""

from __future__ import annotations

from typing import Any

import httpx2

from control_api.cli.failure import CommandError
from control_api.cli.output import printable
from control_api.cli.sign_in import SignIn

_HINTS = {
    403: "The token lacks a scope, or the role in this owner: `botyard token create` makes one with more.",
    412: "It changed in the meantime: look with `botyard history` and run the command again.",
    413: "The request is larger than Botyard accepts.",
    429: "Too many requests: wait a moment and run the command again.",
    503: "Botyard is starting or stopping; run the command again in a moment.",
}


class RefusedError(CommandError):
    """The API answered with a problem document (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any], hint: str | None) -> None:
        self.status = status
        self.problem = problem
        title = str(problem.get("title") or f"HTTP {status}")
        detail = str(problem.get("detail") or "")
        details = [f"{item.get('pointer') or '/'}: {item.get('detail')}" for item in _errors(problem)]
        # The detail of a problem with errors is those errors in one sentence.
        message = title if details or not detail or detail == title else f"{title}: {detail}"
        super().__init__(message, details=details, hint=hint)

    def document(self) -> dict[str, object]:
        return self.problem


def refused(response: httpx2.Response, sign_in: SignIn) -> RefusedError:
    """The exception for an error response whose body has been read."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {"title": f"{sign_in.url} answered {response.status_code} {response.reason_phrase}".strip()}
    hint = _HINTS.get(response.status_code)
    if response.status_code == 401:
        hint = _how_to_sign_in(sign_in)
    return RefusedError(response.status_code, problem, hint)


def broken_off(data: Any, *, hint: str) -> CommandError:
    """The exception for the `error` event that ended a stream."""
    problem = data.get("problem", data) if isinstance(data, dict) else {"detail": data}
    if not isinstance(problem, dict):
        problem = {"detail": problem}
    said = [str(problem[key]) for key in ("title", "detail") if problem.get(key)]
    words = printable(": ".join(dict.fromkeys(said)) or "The stream broke off")
    return CommandError(words, hint=problem.get("next_step") or hint)


def _errors(problem: dict[str, Any]) -> list[dict[str, Any]]:
    errors = problem.get("errors")
    return [item for item in errors if isinstance(item, dict)] if isinstance(errors, list) else []


def _how_to_sign_in(sign_in: SignIn) -> str:
    elsewhere = "elsewhere, ask one of its operators"
    if sign_in.token is None:
        return (
            "No token. On the machine where Botyard runs, `make up` signs this command line in; "
            f"{elsewhere} for a token and set BOTYARD_TOKEN."
        )
    return (
        "The token is unknown or revoked. On the machine where Botyard runs, unset BOTYARD_TOKEN to use the "
        f"saved sign-in, which `make up` renews; {elsewhere}."
    )
