"""What streams carry."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class LogLine(BaseModel):
    """The data of a `log` event; further fields say what the event was about."""

    model_config = ConfigDict(extra="allow")

    at: str
    level: str
    event: str
