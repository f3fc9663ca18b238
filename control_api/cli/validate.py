"""`botyard validate`: check a file without a running Botyard."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.arguments import Json
from control_api.cli.failure import CommandError
from control_api.cli.output import print_json


def validate(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="bot.yaml, or an agent.config.json of the older shape; - reads YAML."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Check a bot specification offline, by the rules a deploy is checked by."""
    from control_api.cli.spec_file import as_json as shown
    from control_api.cli.spec_file import load, read

    try:
        if as_json:
            remarks = load(file).remarks
            print_json({"valid": True, "problems": [], "remarks": [shown(each) for each in remarks]})
            return
        spec = read(file)
    except CommandError as failure:
        if as_json:
            unread = [{"pointer": "", "detail": failure.message, "line": None}]
            print_json({"valid": False, "problems": failure.errors or unread, "remarks": []})
            raise typer.Exit(1) from failure
        raise
    typer.echo(f"{file}: {spec['name']} is valid.")
