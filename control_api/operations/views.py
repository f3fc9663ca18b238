"""Rows of operations as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable

from control_api import models
from control_api.operations.schemas import Operation


def view(row: models.Operation, steps: Iterable[models.OperationStep]) -> Operation:
    """One operation with its steps."""
    return Operation.model_validate(
        {
            "id": row.id,
            "kind": row.kind,
            "bot": row.bot or None,
            "state": row.state,
            "steps": [{"name": s.name, "state": s.state, "at": s.at, "detail": s.detail} for s in steps],
            "actor": row.actor,
            "source": row.source,
            "commit": row.commit,
            "deploy_commit": row.deploy_commit,
            "error": row.error,
            "created_at": row.created_at,
            "finished_at": row.finished_at,
        }
    )
