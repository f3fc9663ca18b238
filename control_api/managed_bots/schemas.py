"""What goes in and out of the calls on bots that are made in Telegram."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from control_api.bots.schemas import Secrets
from control_api.kit.paging import Page
from control_api.kit.values import Body, Spec, Text

State = Literal["waiting", "opened", "created", "deploying", "live", "failed", "expired"]


class NewManagedBot(Body):
    """A new bot whose Telegram token Telegram itself is to hand over."""

    owner: Annotated[Text | None, Field(description="A user or team; left out, the caller.")] = None
    spec: Annotated[Spec, Field(description="As for a deploy; it gets a Telegram channel if it has none.")]
    secrets: Secrets = Field(default_factory=dict)
    dry_run: bool = Field(default=False, description="Only say what would be committed, and make no link.")


class ManagedBot(BaseModel):
    """How far such a bot has come."""

    id: str
    bot: str
    state: State = Field(
        description="`waiting` for the link to be opened, `opened`, `created` in Telegram, `deploying`, then "
        "`live` or `failed`; a link that nobody used in time is `expired`."
    )
    reason: str | None = Field(default=None, description="Why it failed.")
    opened_by: str | None = Field(default=None, description="Who opened the link, as Telegram calls them.")
    username: str | None = Field(default=None, description="The bot's name in Telegram, once it has one.")
    operation: str | None = Field(default=None, description="Id of the operation that deploys it.")
    created_at: datetime
    expires_at: datetime = Field(description="Until when the link, or its button, can be used.")


class MadeLink(ManagedBot):
    """The same with the link, which is shown this once."""

    link: str = Field(description="To be opened in Telegram. Whoever opens it first names the bot.")


class ManagedBots(Page[ManagedBot]):
    """A page of them."""
