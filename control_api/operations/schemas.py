"""What the calls on operations answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from control_api.kit.paging import Page
from control_api.kit.problems import FieldProblem

Kind = Literal["deploy", "change", "delete", "pause", "resume", "restart", "rollback", "bulk", "quota"]
State = Literal["pending", "running", "in_review", "succeeded", "failed"]
StepState = Literal["pending", "running", "succeeded", "failed", "skipped"]
StepName = Literal[
    "accepted", "committed", "synced", "started", "connected", "answered", "stopped", "removed"
]


class Step(BaseModel):
    """One step of an operation."""

    name: StepName
    state: StepState
    at: datetime | None = Field(default=None, description="When it came to this state.")
    detail: str | None = Field(default=None, description="What was proven or why it failed; the bot's reply.")


class Failure(BaseModel):
    """Why an operation failed and what to do."""

    step: str
    title: str
    detail: str
    next_step: str | None = None
    status: int | None = None
    errors: list[FieldProblem] = Field(default_factory=list)


class Operation(BaseModel):
    """One requested change, from request to proof."""

    id: str
    kind: Kind
    bot: str | None = Field(description="Null for `bulk`, which is of many bots, and `quota`, of none.")
    state: State
    steps: list[Step]
    actor: str
    source: Literal["api", "push"]
    commit: str | None = Field(default=None, description="On `main`.")
    deploy_commit: str | None = Field(default=None, description="On the deploy branch.")
    error: Failure | None = None
    created_at: datetime
    finished_at: datetime | None = None


class Operations(Page[Operation]):
    """A page of operations, newest first."""


class OperationEvent(BaseModel):
    """The `data` of an `operation` event: the operation as it is after the event."""

    operation: Operation
