"""What goes in and out of signing in."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from control_api.kit.values import Body, Text
from control_api.users.schemas import User


class SignIn(Body):
    """The code of a sign-in link."""

    code: Annotated[Text, Field(min_length=1, max_length=200)]


class SignedIn(BaseModel):
    """Who has signed in. The session itself is in a cookie."""

    user: User
    csrf: str = Field(description="Send it as `X-CSRF-Token` with every write.")
