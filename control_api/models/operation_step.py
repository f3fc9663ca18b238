"""The steps of operations."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from control_api.models.base import Moment


class OperationStep(SQLModel, table=True):
    """One step: `at` is when its state last changed."""

    __tablename__ = "operation_step"

    operation: str = Field(primary_key=True, foreign_key="operation.id", max_length=40)
    position: int = Field(primary_key=True)
    name: str = Field(max_length=16)
    state: str = Field(default="pending", max_length=16)
    at: datetime | None = Field(default=None, sa_type=Moment)
    detail: str | None = None
