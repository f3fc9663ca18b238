"""Who may talk to a bot."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from control_api.kit.values import Body, Text


class Person(BaseModel):
    """Somebody on a chat platform."""

    model_config = ConfigDict(extra="allow")

    sender: str = Field(description="Such as telegram:1234.")
    name: str = ""
    role: str


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
        Text, Field(min_length=1, max_length=128, description="As `access` shows it: `telegram:1234`.")
    ]
