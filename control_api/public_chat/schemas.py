"""What the public chat tells and takes. It says of a bot no more than its visitors need."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from control_api.kit.values import Body, Text

LONGEST_MESSAGE = 4_000


class About(BaseModel):
    """Whom a visitor is talking to."""

    id: str
    name: str
    description: str | None = None
    template: str | None = None


class VisitorMessage(Body):
    """One message of a visitor."""

    text: Annotated[Text, Field(min_length=1, max_length=LONGEST_MESSAGE)]
    # The visitor's browser makes it up; 128 random bits cannot be guessed by another visitor.
    conversation: Annotated[Text, Field(pattern=r"^[0-9a-f]{32}$")]
