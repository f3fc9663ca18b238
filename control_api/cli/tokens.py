"""`botyard token`: API tokens, for programs and for Git."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.arguments import Json, quoted
from control_api.cli.output import note, print_json, print_table

app = typer.Typer(help="Create, list and revoke API tokens.", no_args_is_help=True, rich_markup_mode=None)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the token is for, such as laptop or ci.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="bots:read, bots:write, git:read, git:write or admin. Repeatable; left out, the first four."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a token. It is printed once, alone on standard output, and kept nowhere."""
    from control_api.cli.client import Client

    scopes = scope or ["bots:read", "bots:write", "git:read", "git:write"]
    with Client() as client:
        made = client.write("POST", "/tokens", {"name": name, "scopes": scopes})
    if as_json:
        print_json(made)
        return
    typer.echo(made["token"])
    note("Keep it well: it is not shown again. Use it as BOTYARD_TOKEN, or as the password of `git clone`.")


@app.command("list")
def list_tokens(as_json: Json = False) -> None:
    """List tokens, without their values."""
    from control_api.cli.client import Client

    with Client() as client:
        tokens = list(client.items("/tokens"))
    if as_json:
        print_json(tokens)
        return
    print_table(
        ["id", "name", "scopes", "created", "last used"],
        [
            [
                str(token["id"]),
                str(token.get("name") or ""),
                " ".join(token.get("scopes") or []),
                str(token.get("created_at") or ""),
                str(token.get("last_used_at") or "never"),
            ]
            for token in tokens
        ],
    )


@app.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The id in `botyard token list`.")],
) -> None:
    """Revoke a token, at once."""
    from control_api.cli.client import Client

    with Client() as client:
        client.write("DELETE", f"/tokens/{quoted(token)}")
    note("Revoked.")
