"""What goes in and out of the calls on API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from control_api.caller import Scope
from control_api.kit.paging import Page
from control_api.kit.values import Body, Text


class Token(BaseModel):
    """An API token; what it is cannot be read again."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class Tokens(Page[Token]):
    """A page of tokens."""


class NewToken(Body):
    """A token to make."""

    name: Annotated[Text, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    expires_in_days: Annotated[int | None, Field(ge=1, le=3650)] = None


class MadeToken(Token):
    """A token just made: the only time that it is shown."""

    token: str
