"""What goes in and out of checking a pasted token or key."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from agent_runtime.spec.fields import PhoneNumberId
from control_api.kit.values import Body, SecretValue


class CheckToken(Body):
    """A chat platform's token, used for this check and forgotten."""

    token: SecretValue


class CheckNumber(CheckToken):
    """A token for a phone number of WhatsApp, used for this check and forgotten."""

    phone_number_id: PhoneNumberId = Field(description="The id of the phone number at Meta.")


class CheckModel(Body):
    """A model as in a specification, and its key, used for this check and forgotten."""

    model: Annotated[dict[str, Any], Field(description="`model` as in a specification.")]
    key: SecretValue | None = None


class Checked(BaseModel):
    """What a token or key is good for."""

    ok: bool
    reason: str | None = None
    next_step: str | None = None
    name: str | None = None
    username: str | None = None
    link: str | None = Field(default=None, description="Where people find the bot, or invite it.")
    picture: str | None = Field(default=None, description="As a data URL, if it could be had at once.")
    application_id: str | None = Field(default=None, description="Of a Discord bot.")
    public_key: str | None = Field(default=None, description="By which Discord's requests are known.")
    missing_intents: list[str] = Field(
        default_factory=list, description="What the owner of a Discord bot has not turned on."
    )
    models: list[str] = Field(default_factory=list)
