"""What goes in and out of checking a pasted token or key."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from control_api.kit.values import Body, SecretValue


class CheckToken(Body):
    """A chat platform's token, used for this check and forgotten."""

    token: SecretValue


class CheckModel(Body):
    """A model as in a specification, and its key, used for this check and forgotten."""

    model: Annotated[dict[str, Any], Field(description="`model` as in a specification.")]
    key: SecretValue | None = None


class Checked(BaseModel):
    """What a token or key is good for."""

    ok: bool
    reason: str | None = None
    next_step: str | None = None
    name: str | None = None
    username: str | None = None
    link: str | None = None
    models: list[str] = Field(default_factory=list)
