"""What the database knows of a bot's specification: a projection of `main`, rebuilt from it at will."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Connection, event
from sqlalchemy.orm import Mapper
from sqlmodel import Field, SQLModel

from control_api.models.base import Moment, now


class Bot(SQLModel, table=True):
    """One bot. `version` is null until its first commit.

    `secrets` maps names to `{digest, changed_at}`, never to values.
    """

    id: str = Field(primary_key=True, max_length=65)
    owner: str = Field(max_length=32, index=True)
    name: str = Field(max_length=32)
    version: str | None = Field(default=None, max_length=64)
    spec: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    commit: str | None = Field(default=None, max_length=64)
    secrets: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    held: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    gone: bool = False  # deleted on `main`; the row stays until what ran is removed
    # Of all that is above, so that a row that was damaged is told from one that was written.
    checksum: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    updated_at: datetime = Field(default_factory=now, sa_type=Moment)


# What is checked, in this order.
CHECKED = ("id", "owner", "name", "version", "spec", "commit", "secrets", "held", "gone")


def checksum(*values: Any) -> str:
    """Of the values of `CHECKED`, which a way through JSON does not change."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _seal(_: Mapper[Bot], __: Connection, row: Bot) -> None:
    row.checksum = checksum(*(getattr(row, name) for name in CHECKED))


event.listen(Bot, "before_insert", _seal)
event.listen(Bot, "before_update", _seal)
