"""Errors of the specification and of the fleet as the API's problems."""

from __future__ import annotations

from collections.abc import Iterable

from agent_runtime.spec import Problem, SpecError
from control_api.kit.problems import (
    BotyardError,
    ConflictError,
    FieldProblem,
    InvalidError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from gitops.errors import FleetError, QuotaError

_SECRETS = "/secrets"
_BY_STATUS: dict[int, type[BotyardError]] = {409: ConflictError, 412: StaleError, 422: InvalidError}


def of_spec(error: SpecError, prefix: str = "/spec") -> InvalidError:
    """A specification that is not valid; `prefix` is where in the body it stands."""
    found = InvalidError(_sentence(error.problems), errors=_fields(error.problems, prefix))
    found.title = error.title
    return found


def of_fleet(error: FleetError, prefix: str) -> BotyardError:
    """A change that the fleet refuses; `prefix` is where in the body its pointers begin."""
    if error.status == NotFoundError.status:
        return NotFoundError("bot")
    kind = _BY_STATUS.get(error.status)
    if kind is None:
        title = error.title.rstrip(".")
        return UnavailableError(
            f"{title}. Try again in a moment; `botyard doctor` says whether it is mended."
        )
    found = kind(_sentence(error.problems) or error.title, errors=_fields(error.problems, prefix))
    found.title = error.title
    if isinstance(error, QuotaError):
        # What is too much of secrets stands beside the specification, not in it.
        found.errors = tuple(
            each.model_copy(update={"pointer": _SECRETS}) if each.pointer == prefix + _SECRETS else each
            for each in found.errors
        )
    return found


def _fields(problems: Iterable[Problem], prefix: str) -> list[FieldProblem]:
    return [FieldProblem(pointer=prefix + each.pointer, detail=each.detail) for each in problems]


def _sentence(problems: Iterable[Problem]) -> str:
    return "; ".join(f"{each.pointer or 'it'}: {each.detail}" for each in problems)
