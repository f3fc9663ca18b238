"""What goes into a bulk write and what comes out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from control_api.bots.schemas import Secrets
from control_api.kit.values import Body, Spec, Text
from control_api.operations.schemas import Operation

MOST_BOTS = 1000


class BulkItem(Body):
    """One write of many."""

    op: Literal["create", "update", "delete"]
    id: Annotated[Text, Field(description="`<owner>.<name>`, each in one item only.")]
    spec: Annotated[
        Spec | None,
        Field(description="The whole specification to create, a JSON merge patch to update, none to delete."),
    ] = None
    secrets: Secrets = Field(default_factory=dict)


class WrittenBulk(BaseModel):
    """The answer to a bulk write."""

    bot: None = None
    bots: list[str] = Field(description="The ids of the bots, in the order of the request.")
    operation: Operation
