"""Secrets for a deploy: from the environment, a file or a hidden prompt, never from the command line itself.

What stands in a command line is seen by every user of the machine and stays in the shell's history.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from control_api.cli.failure import CommandError
from control_api.cli.output import note

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def collect(asked: Sequence[str]) -> dict[str, str]:
    """The value of each `--secret`: `NAME` or `NAME=@file`."""
    return {name: _value(name, source) for name, source in (_parse(item) for item in asked)}


def _parse(item: str) -> tuple[str, str | None]:
    name, equals, source = item.partition("=")
    # The argument is not repeated in these messages: it may be the very secret.
    if not _NAME.fullmatch(name):
        raise typer.BadParameter("a name is upper case, such as TELEGRAM_TOKEN", param_hint="--secret")
    if equals and not source.startswith("@"):
        raise typer.BadParameter(
            f"give {name} by the environment (--secret {name}) or by a file (--secret {name}=@path): "
            "a value in a command line is seen by others and kept in the shell's history",
            param_hint="--secret",
        )
    return name, source[1:] if equals else None


def _value(name: str, path: str | None) -> str:
    if path is not None:
        return _from_file(name, path)
    if value := os.environ.get(name):
        return value
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True, err=True))
    note(f"Reading {name} from standard input.")
    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise CommandError(
            f"No value for {name}.",
            hint=f"Set {name} in the environment, or give a file: --secret {name}=@path.",
        )
    return value


def _from_file(name: str, path: str) -> str:
    try:
        text = sys.stdin.read() if path == "-" else Path(path).expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name} can't be read from {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} can't be read from {path}: it is not text in UTF-8.") from error
    # Editors end a file with a newline that is no part of a token; a second one is somebody's intent.
    return text.removesuffix("\n").removesuffix("\r")
