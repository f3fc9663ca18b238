"""What goes into a bulk write."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from control_api.bots.schemas import Secrets
from control_api.kit.values import Body, Spec, Text


class BulkItem(Body):
    """One write of many."""

    op: Literal["create", "update", "delete"]
    id: Text
    spec: Spec | None = None
    secrets: Secrets = Field(default_factory=dict)
