"""What a command prints: results on standard output, all else on standard error, colour for terminals."""

from __future__ import annotations

import io
import json
import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

import typer


def print_json(data: Any) -> None:
    """One JSON document, readable, with every character as it is."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def note(text: str) -> None:
    """A remark beside the result."""
    typer.echo(text, err=True)


def printable(text: str) -> str:
    """The text without control characters: what a model or a chatter wrote must not steer the terminal."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"} else "\ufffd" for c in text
    )


def coloured(stream: Any) -> bool:
    """Whether to colour what goes to the stream: a terminal, and nobody said NO_COLOR."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, *, err: bool = False) -> str:
    """The text in a colour, where colours are shown."""
    return typer.style(text, fg=colour) if coloured(sys.stderr if err else sys.stdout) else text


def qr(link: str) -> str:
    """The link as a picture of blocks, for the camera of the phone that the messenger is on."""
    import segno

    drawn = io.StringIO()
    segno.make(link, micro=False).terminal(out=drawn, compact=True, border=2)
    return drawn.getvalue()


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be; the last one is cut at the terminal's edge, never in a pipe."""
    cells = [[printable(cell).replace("\n", " ") for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(headings), *cells]) for i in range(len(headings))]
    limit = os.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, row in enumerate([[heading.upper() for heading in headings], *cells]):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if limit and len(line) > limit:
            line = line[: limit - 1] + "…"
        typer.echo(paint(line, typer.colors.BRIGHT_BLACK) if number == 0 else line)


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Name and value a line, the values aligned; empty values are left out."""
    shown = [(name, printable(value)) for name, value in fields if value]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        indented = value.replace("\n", "\n" + " " * (width + 2))
        typer.echo(f"{name.ljust(width)}  {indented}")
