"""`botyard user`: people who may sign in."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.arguments import Json, quoted, user_of
from control_api.cli.output import note, print_json, print_table
from control_api.cli.passwords import new_password, old_password
from control_api.cli.quotas import quota

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
    rows = [
        [
            str(user["name"]),
            "operator" if user.get("operator") else "",
            "disabled" if user.get("disabled") else "",
        ]
        for user in users
    ]
    print_table(["name", "role", "state"], rows)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower case, digits and hyphens.")],
    operator: Annotated[bool, typer.Option("--operator", help="May do everything.")] = False,
    email: Annotated[str, typer.Option(help="For the author line of commits.")] = "",
    password: Annotated[
        bool, typer.Option("--password", help="Ask for a password, or read it from standard input.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a person in: by a password, or by the link that is printed."""
    from control_api.cli.client import Client

    body: dict[str, object] = {"name": name, "operator": operator, "email": email}
    if password:
        body["password"] = new_password(name)
    with Client() as client:
        made = client.write("POST", "/users", body)
        if not password:
            made["sign_in_link"] = client.write("POST", f"/users/{quoted(name)}/sign-in-link")["url"]
    if as_json:
        print_json(made)
        return
    if password:
        note(f"{name} may sign in with the password.")
        return
    typer.echo(made["sign_in_link"])
    note(f"It signs {name} in once, within ten minutes; `botyard user link {name}` makes another.")


@app.command("disable")
def disable(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whom to shut out.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
) -> None:
    """Shut a person out at once: sessions end, tokens stop working. Bots run on."""
    from control_api.cli.client import Client

    with Client() as client:
        client.write("PATCH", f"/users/{quoted(name)}", {"disabled": not undo})
    note(f"{name} may sign in again." if undo else f"{name} is shut out.")


@app.command("password")
def password(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Whose; left out, yours.")] = None,
) -> None:
    """Set a password, asked for or read from standard input (first the present one, where it is needed)."""
    from control_api.cli.client import Client

    with Client() as client:
        me = client.get("/me")["user"]
        whose = name or str(me["name"])
        body = {} if me.get("operator") else {"old": old_password()}
        client.write("PUT", f"/users/{quoted(whose)}/password", {**body, "password": new_password(whose)})
    note(f"The password of {whose} is set. Sign in with it anew; sessions from before have ended.")


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


app.command("quota")(quota)
