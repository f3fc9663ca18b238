"""How writes are answered: 202 once accepted, 200 when done or nothing changed, 409 when it failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from fastapi import status
from fastapi.responses import JSONResponse

from control_api.bots.schemas import DryRun, Written
from control_api.bots.service import BotService
from control_api.kit.problems import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
    declared,
)
from control_api.kit.write_headers import WriteHeaders
from control_api.operations.service import OperationService
from control_api.platform import Platform


class _Write(TypedDict):
    status_code: int
    response_model: Any
    responses: dict[int | str, dict[str, Any]]


WRITE: _Write = {
    "status_code": status.HTTP_202_ACCEPTED,
    "response_model": Written,
    "responses": {
        200: {"model": Written | DryRun, "description": "Done, nothing to change, or a dry run"},
        202: {"model": Written, "description": "Accepted; `Location` is the operation"},
        **declared(BadRequestError, ForbiddenError, NotFoundError, ConflictError, StaleError, InvalidError),
    },
}


@dataclass(frozen=True)
class Accepted:
    """A write that became the operation `operation`."""

    bot: str
    operation: str


async def answer(platform: Platform, result: Accepted | DryRun, headers: WriteHeaders) -> JSONResponse:
    """The response to a write, held back as long as the caller prefers to wait."""
    if isinstance(result, DryRun):
        return JSONResponse(result.model_dump(mode="json", by_alias=True))
    operation = await OperationService(platform).outcome(result.operation, headers.wait)
    written = Written(bot=await BotService(platform).written(result.bot, operation), operation=operation)
    done = operation.state == "succeeded"
    response = JSONResponse(written.model_dump(mode="json", by_alias=True), status_code=200 if done else 202)
    response.headers["Location"] = f"/api/v1/operations/{operation.id}"
    if written.bot.version is not None:
        response.headers["ETag"] = f'"{written.bot.version}"'
    return response
