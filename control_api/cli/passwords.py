"""A password by a hidden prompt or from standard input, never from the command line."""

from __future__ import annotations

import sys

import typer

from control_api.cli.failure import CommandError


def new_password(name: str) -> str:
    """A new password: typed twice where there is a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        prompt = f"New password for {name}"
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True))
    return _line("the new password")


def old_password() -> str:
    """The present password, asked for before the new one."""
    if sys.stdin.isatty():
        return str(typer.prompt("Present password", hide_input=True, err=True))
    return _line("the present password")


def _line(what: str) -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError(
            f"There is no {what.removeprefix('the ')}.",
            hint=f"Give {what} as a line of standard input, or run this in a terminal.",
        )
    return line
