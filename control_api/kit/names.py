"""Names from requests, checked by the one rule of owners and bots."""

from __future__ import annotations

from agent_runtime.spec.names import BotId
from agent_runtime.spec.names import check_name as check_spec_name
from agent_runtime.spec.problems import SpecError
from control_api.kit.problems import FieldProblem, InvalidError, NotFoundError


def check_name(name: str, pointer: str) -> str:
    """The name itself, or a 422 that points at it."""
    try:
        check_spec_name(name)
    except SpecError as error:
        detail = "; ".join(p.detail for p in error.problems) or str(error)
        raise InvalidError(detail, errors=[FieldProblem(pointer=pointer, detail=detail)]) from None
    return name


def bot_id(text: str) -> BotId:
    """The id in a URL; what cannot be an id names no bot."""
    try:
        return BotId.parse(text)
    except SpecError:
        raise NotFoundError("bot") from None
