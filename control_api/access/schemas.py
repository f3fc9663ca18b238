"""Who may talk to a bot."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agent_runtime.spec.fields import ALLOW_PATTERN
from control_api.kit.values import Body, Text

# `$` would take a line's end for the text's.
_ALLOWED = re.compile(ALLOW_PATTERN[:-1] + r"\Z")


def _person(sender: str) -> str:
    if not _ALLOWED.match(sender):
        raise ValueError("must be a channel and an id there, such as telegram:1234")
    return sender


class Person(BaseModel):
    """Somebody on a chat platform."""

    sender: str = Field(description="Such as telegram:1234.")
    name: str = ""
    role: str
    since: datetime | None = Field(default=None, description="When they were let in, or asked.")


class Pairing(BaseModel):
    """A code that makes whoever sends it first the bot's owner."""

    code: str
    links: dict[str, str] = Field(default_factory=dict, description="By channel.")


class Access(BaseModel):
    """Who may talk, who asks to, and how to pair."""

    model_config = ConfigDict(extra="allow")

    policy: str
    allow: list[str] = Field(default_factory=list, description="Whom the specification lists.")
    people: list[Person] = Field(default_factory=list, description="Who has been let in.")
    requests: list[Person] = Field(default_factory=list, description="Who asks to be.")
    pairing: Pairing | None = Field(
        default=None, description="How to become its owner; only for those who may change the bot."
    )
    link: str | None = Field(default=None, description="The first of the pairing links.")


class AccessChange(Body):
    """Whom to let in or to shut out."""

    sender: Annotated[
        Text,
        AfterValidator(_person),
        Field(min_length=1, max_length=128, description="As `access` shows it: `telegram:1234`."),
    ]
