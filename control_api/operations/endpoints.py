"""The calls on operations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from control_api.auth import Reader
from control_api.kit.paging import PagingQuery
from control_api.kit.problems import BadRequestError, NotFoundError, declared
from control_api.kit.streams import LastEventNumber, ended_by_problems
from control_api.kit.values import IdPath
from control_api.operations.schemas import Operation, OperationEvent, Operations, State
from control_api.operations.service import OperationService
from control_api.platform import PlatformDep

router = APIRouter(prefix="/operations", tags=["operations"])


@router.get("", summary="List operations")
async def list_operations(
    platform: PlatformDep,
    caller: Reader,
    paging: PagingQuery,
    bot: Annotated[str | None, Query(max_length=65, description="Only this bot's.")] = None,
    state: Annotated[State | None, Query(description="Only in this state.")] = None,
) -> Operations:
    return await OperationService(platform).list(caller, paging, bot, state)


async def _operation(platform: PlatformDep, caller: Reader, operation_id: IdPath) -> Operation:
    return await OperationService(platform).get(caller, operation_id)


@router.get("/{id}", summary="Read an operation", responses=declared(NotFoundError))
async def read_operation(operation: Annotated[Operation, Depends(_operation)]) -> Operation:
    return operation


@router.get(
    "/{id}/events",
    summary="Watch an operation until it ends",
    description="An `operation` event with the whole operation at once and after each change.",
    response_class=EventSourceResponse,
    responses={200: {"model": OperationEvent}, **declared(BadRequestError, NotFoundError)},
)
async def watch_operation(
    platform: PlatformDep,
    caller: Reader,
    operation: Annotated[Operation, Depends(_operation)],
    last: LastEventNumber,
) -> AsyncIterator[ServerSentEvent]:
    async for event in ended_by_problems(OperationService(platform).watch(caller, operation.id, last)):
        yield event
