"""`botyard validate`: check a file without a running Botyard."""

from __future__ import annotations

from typing import Annotated

import typer

from control_api.cli.arguments import Json
from control_api.cli.failure import CommandError
from control_api.cli.output import print_json


def validate(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The bot specification (YAML); - reads standard input.")
    ],
    as_json: Json = False,
) -> None:
    """Check a bot specification offline, by the rules a deploy is checked by."""
    from control_api.cli.spec_file import problems_of, read

    try:
        spec = read(file)
    except CommandError as failure:
        if as_json:
            print_json({"valid": False, "problems": problems_of(failure)})
            raise typer.Exit(1) from failure
        raise
    if as_json:
        print_json({"valid": True, "problems": []})
    else:
        typer.echo(f"{file}: {spec['name']} is valid.")
