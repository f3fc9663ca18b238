"""`botyard doctor`: whether this machine has what Botyard needs, and how a running one fares."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from control_api.cli.arguments import Json
from control_api.cli.failure import CommandError
from control_api.cli.output import note, paint, print_json, printable

if TYPE_CHECKING:
    from control_api.settings import ControlSettings

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


_Rebuild = Annotated[
    bool,
    typer.Option(
        "--rebuild-index", help="Have the table of bots made anew from Git: at once, or at the next start."
    ),
]


def doctor(as_json: Json = False, rebuild_index: _Rebuild = False) -> None:
    """Check tools, home, disk, parts and port; each fault says what to do. Exit code 1 when one is found."""
    from dataclasses import asdict

    from pydantic import ValidationError

    from control_api.kit.sentences import setting
    from control_api.machine.checks import FAILED, checks
    from control_api.settings import load_settings

    try:
        settings = load_settings()
    except ValidationError as error:
        lines = [setting(each) for each in error.errors(include_input=False)]
        raise CommandError("A setting is not valid.", details=lines) from None
    if rebuild_index:
        _rebuild(settings)
    if os.environ.get("BOTYARD_URL"):
        note("This looks at this machine and its home, not at BOTYARD_URL.")
    found = []
    for check in checks(settings):
        found.append(check)
        if not as_json:
            mark, colour = _MARKS[check.state]
            typer.echo(f"{paint(mark, colour)} {check.name:<12} {printable(check.detail)}")
            if check.next_step:
                typer.echo(f"  {'':<12} {printable(check.next_step)}")
    if as_json:
        print_json([asdict(check) for check in found])
    if any(check.state == FAILED for check in found):
        raise typer.Exit(1)


def _rebuild(settings: ControlSettings) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from control_api.bots.index import doubt
    from control_api.database import Database, DatabaseAwayError

    async def ask() -> None:
        database = Database(settings.database)
        try:
            await doubt(database)
        finally:
            await database.aclose()

    try:
        asyncio.run(ask())
    except (SQLAlchemyError, DatabaseAwayError) as error:
        raise CommandError(f"The database cannot be written ({type(error).__name__}).") from None
    note("The table of bots is made anew from Git: within seconds if Botyard runs, else at its next start.")
