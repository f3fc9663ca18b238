"""Who may talk to a bot."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from control_api.kit.values import Body, Text


class Access(BaseModel):
    """Who may talk, who asks to, and how to pair."""

    model_config = ConfigDict(extra="allow")

    policy: str
    allowed: list[Any] = Field(default_factory=list)
    requests: list[Any] = Field(default_factory=list)
    link: str | None = Field(default=None, description="The pairing link, while there is one.")


class AccessChange(Body):
    """Whom to let in or to shut out."""

    sender: Annotated[
        Text, Field(min_length=1, max_length=128, description="As `access` shows it: `telegram:1234`.")
    ]
