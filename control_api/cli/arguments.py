"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from control_api.cli.client import Client

Bot = Annotated[
    str, typer.Argument(metavar="BOT", help="The bot's id, such as alice.support; without an owner, yours.")
]


def _remember(context: typer.Context, value: bool) -> bool:
    # Shared with the group, which shows what failed.
    context.meta[AS_JSON] = value
    return value


AS_JSON = "botyard.json"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.", callback=_remember)]
Wait = Annotated[bool, typer.Option(help="Stay until the change is proven, showing each step.")]


def bot_path(client: Client, bot: str) -> str:
    """The path of a bot given by id, or by name alone."""
    return f"/bots/{quoted(full_id(client, bot))}"


def full_id(client: Client, bot: str) -> str:
    """`owner.name`; a name alone is the caller's own."""
    return bot if "." in bot else f"{user_of(client)}.{bot}"


def user_of(client: Client) -> str:
    """The name of the caller, who is the owner where none is given."""
    return str(client.get("/me")["user"]["name"])


def quoted(part: str) -> str:
    """A part of a path, so that what was typed can't reach another route."""
    from urllib.parse import quote

    escaped = quote(part, safe="")
    # A client or a proxy would fold these two away even when they are meant.
    return escaped.replace(".", "%2E") if escaped.strip(".") == "" else escaped
