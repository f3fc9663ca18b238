"""What goes in and out of the calls on teams."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from control_api.kit.paging import Page
from control_api.kit.values import Body, Text

RoleName = Literal["owner", "editor", "viewer"]


class Member(BaseModel):
    """A user in a team."""

    user: str
    role: RoleName


class Team(BaseModel):
    """An owner with members."""

    name: str
    members: list[Member]
    created_at: datetime


class Teams(Page[Team]):
    """A page of teams."""


class NewTeam(Body):
    """A team to make; the caller becomes its owner."""

    name: Text
    take_over: bool = Field(
        default=False, description="Take over bots on main that bear this name already; operators only."
    )


class Members(BaseModel):
    """All members of a team."""

    items: list[Member]
    next_cursor: None = None


class NewMember(Body):
    """A user to take into a team, or the new role of one who is in it."""

    user: Text
    role: RoleName = "viewer"


class SetMember(Body):
    """A member's role."""

    role: RoleName
