"""`botyard user`: people who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.arguments import Json, quoted, user_of
from control_api.cli.output import note, print_json, print_table

app = typer.Typer(help="People who may sign in.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """List the people who may sign in."""
    from control_api.cli.client import Client

    with Client() as client:
        users = list(client.items("/users"))
    if as_json:
        print_json(users)
        return
    rows = [[str(user["name"]), "operator" if user.get("operator") else ""] for user in users]
    print_table(["name", "role"], rows)


@app.command("link")
def link(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Whom to sign in; left out, you.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a link that signs somebody in on the page: once, within ten minutes."""
    from control_api.cli.client import Client

    with Client() as client:
        made = client.write("POST", f"/users/{quoted(name or user_of(client))}/sign-in-link")
    if as_json:
        print_json(made)
        return
    typer.echo(made["url"])
    note("It works once, for ten minutes.")
