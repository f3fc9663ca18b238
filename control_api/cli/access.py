"""`botyard access`: who may talk to a bot in its chat channels."""

from __future__ import annotations

import typer

from control_api.cli.arguments import Bot, Json, bot_path
from control_api.cli.output import print_json

app = typer.Typer(
    help="Who may talk to a bot: pair, approve, revoke.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("show")
def show(bot: Bot, as_json: Json = False) -> None:
    """Show the pairing link, who may talk, and who asks to."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.get(f"{bot_path(client, bot)}/access")
    print_json(found)
