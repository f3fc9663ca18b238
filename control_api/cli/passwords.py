"""A password or a passphrase by a hidden prompt or from standard input, never from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from control_api.cli.failure import CommandError

SHORTEST_PASSPHRASE = 10


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


def new_passphrase(file: str | None) -> str:
    """What a backup is encrypted by: from a file, typed twice, or a line of standard input."""
    passphrase = _passphrase(file, twice=True)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise CommandError(
            f"The passphrase is too short: whoever finds the backup can try as often as they like. "
            f"Give it at least {SHORTEST_PASSPHRASE} characters.",
            hint="A few random words are good. Without it nobody can restore the backup: keep it elsewhere.",
        )
    return passphrase


def old_passphrase(file: str | None) -> str:
    """The passphrase that a backup was made with."""
    return _passphrase(file, twice=False)


def _passphrase(file: str | None, *, twice: bool) -> str:
    if file is not None and file != "-":
        try:
            lines = Path(file).expanduser().read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The passphrase can't be read from {file}: {error}.") from error
        if not lines or not lines[0]:
            raise CommandError(f"{file} has no passphrase on its first line.")
        return lines[0]
    if file is None and sys.stdin.isatty():
        return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))
    return _line("the passphrase")


def _line(what: str) -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError(
            f"There is no {what.removeprefix('the ')}.",
            hint=f"Give {what} as a line of standard input, or run this in a terminal.",
        )
    return line
