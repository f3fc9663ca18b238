"""What goes in and out of the calls on users and on the caller."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from control_api.kit.paging import Page
from control_api.kit.values import Body, Text
from control_api.quotas.schemas import OwnerQuota
from control_api.users.passwords import LONGEST, SHORTEST


class User(BaseModel):
    """A person who may sign in."""

    name: str
    operator: bool
    email: str = ""
    created_at: datetime
    disabled: bool = False


class Users(Page[User]):
    """A page of users."""


NewPassword = Annotated[
    Text,
    Field(min_length=SHORTEST, max_length=LONGEST, description="Stored as a hash; nobody can read it again."),
]


class NewUser(Body):
    """A person to let in."""

    name: Text
    operator: bool = False
    email: Text = Field(default="", max_length=254)
    take_over: bool = Field(
        default=False, description="Take over bots on main that bear this name already; operators only."
    )
    password: Annotated[
        NewPassword | None, Field(description="Left out, the user signs in by links only.")
    ] = None


class ChangeUser(Body):
    """What to change of a user; what is left out stays."""

    operator: bool | None = None
    email: Annotated[Text, Field(max_length=254)] | None = None
    disabled: bool | None = Field(
        default=None, description="Who is disabled can't sign in; tokens don't work."
    )


class SetPassword(Body):
    """A user's new password."""

    password: NewPassword
    old: Annotated[
        Annotated[Text, Field(max_length=LONGEST)] | None,
        Field(description="The present one; operators need not give it, nor who has none yet."),
    ] = None


class SignInLink(BaseModel):
    """A single-use link that signs a user in, for ten minutes."""

    code: str
    url: str
    expires_at: datetime


class OwnedName(BaseModel):
    """An owner that the caller may act for."""

    name: str
    kind: Literal["user", "team"]
    role: Literal["operator", "owner", "editor", "viewer"]


class Me(BaseModel):
    """Who the caller is."""

    user: User
    csrf: str | None = Field(description="Send it as `X-CSRF-Token` with every write; null for API tokens.")
    scopes: list[str]
    owners: list[OwnedName]
    quota: OwnerQuota | None = Field(
        description="What the user's own bots may have together, and have; null where nothing is limited."
    )
