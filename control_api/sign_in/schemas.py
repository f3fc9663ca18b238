"""What goes in and out of signing in."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, model_validator

from control_api.kit.values import Body, Text
from control_api.users.passwords import LONGEST
from control_api.users.schemas import User


class SignIn(Body):
    """The code of a sign-in link, or a name and a password."""

    code: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    name: Annotated[Text, Field(min_length=1, max_length=64)] | None = None
    password: Annotated[Text, Field(min_length=1, max_length=LONGEST)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SignIn:
        by_password = self.name is not None and self.password is not None
        neither = self.name is None and self.password is None
        if not (neither if self.code is not None else by_password):
            raise ValueError("must have either a code, or a name and a password")
        return self


class SignedIn(BaseModel):
    """Who has signed in. The session itself is in a cookie."""

    user: User
    csrf: str = Field(description="Send it as `X-CSRF-Token` with every write.")
    first: bool = Field(description="Whether nobody had signed in here before.")


class Door(BaseModel):
    """What is said to who has not signed in."""

    first_run: bool = Field(description="Whether nobody has signed in yet: the first operator is awaited.")
