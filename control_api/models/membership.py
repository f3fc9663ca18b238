"""What a user may do with an owner's bots."""

from __future__ import annotations

from enum import StrEnum

from sqlmodel import Field, SQLModel


class Role(StrEnum):
    """Viewers read, editors also write, owners also manage the members."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


class Membership(SQLModel, table=True):
    """A user's role at one owner. Users own themselves; operators need no row."""

    owner: str = Field(primary_key=True, foreign_key="owner.name", max_length=32)
    user: str = Field(primary_key=True, foreign_key="user_account.name", max_length=32, index=True)
    role: str = Field(max_length=8)
