"""What goes into chat and draft turns, and the data of the events that come out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from control_api.bots.schemas import Secrets
from control_api.kit.problems import ProblemDetails
from control_api.kit.values import Body, Spec, Text

LONGEST_MESSAGE = 32_000


class ChatRequest(Body):
    """One message to a bot on the web channel."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_MESSAGE)]
    conversation: Annotated[
        Text | None,
        Field(pattern=r"^(web:)?[A-Za-z0-9_-]{1,64}$", description="As `done` gave it; left out, a new one."),
    ] = None


class Message(Body):
    """One message of a draft conversation."""

    role: Literal["user", "assistant"]
    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_MESSAGE)]


class Try(Body):
    """A draft turn of a specification that is not deployed."""

    spec: Spec
    secrets: Secrets = Field(default_factory=dict)
    bot: Annotated[Text | None, Field(description="A bot whose deployed secrets may be used.")] = None
    messages: Annotated[list[Message], Field(min_length=1, max_length=100)]


class Delta(BaseModel):
    """The data of a `delta` event."""

    text: str


class TurnUsage(BaseModel):
    """What one turn used; `usd` is null where the model's price is not known."""

    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float | None = None
    estimated: bool = False
    calls: int = 1


class Done(BaseModel):
    """The data of the `done` event."""

    text: str
    conversation: str | None = None
    usage: TurnUsage | None = None


class Failed(BaseModel):
    """The data of the `error` event."""

    problem: ProblemDetails
