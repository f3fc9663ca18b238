"""What goes in and out of the calls on quotas."""

from __future__ import annotations

from pydantic import BaseModel, Field

from agent_runtime.spec.owner import Quota
from control_api.operations.schemas import Operation


class Used(BaseModel):
    """What an owner's bots on `main` have together."""

    bots: int
    secrets: int
    cpu: float = Field(description="Processors.")
    memory: int = Field(description="Bytes.")
    usd_per_day: float
    tokens_per_day: int


class OwnerQuota(BaseModel):
    """What an owner's bots may have together, and what they have."""

    owner: str
    quota: Quota = Field(description="As `owner.yaml` on `main` has it; what is null has no limit.")
    used: Used


class WrittenQuota(BaseModel):
    """The answer to a write: the quota as it is on `main` now, and the operation that changes it."""

    quota: OwnerQuota
    operation: Operation
