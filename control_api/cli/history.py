"""`botyard history`, `diff` and `rollback`: a bot's commits."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from control_api.cli.arguments import Bot, Json, Wait, bot_path
from control_api.cli.output import note, paint, print_json, printable

_LINE_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_LONGEST_VALUE = 60


def history(
    bot: Bot,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many commits.")] = 20,
    as_json: Json = False,
) -> None:
    """Show a bot's commits, newest first, with what each changed."""
    from itertools import islice

    from control_api.cli.client import Client

    with Client() as client:
        path = f"{bot_path(client, bot)}/history"
        entries = list(islice(client.items(path, limit=min(limit, 100)), limit))
    if as_json:
        print_json(entries)
        return
    for entry in entries:
        _print_entry(entry)


def diff(
    bot: Bot,
    older: Annotated[str, typer.Argument(metavar="FROM", help="The older commit.")],
    newer: Annotated[
        str | None, typer.Argument(metavar="TO", help="The newer commit; left out, the newest.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what changed in a bot between two commits."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.get(f"{bot_path(client, bot)}/diff", **{"from": older, "to": newer})
    if as_json:
        print_json(found)
    elif not print_diff(found):
        note("No difference.")


def rollback(
    bot: Bot,
    commit: Annotated[str, typer.Argument(metavar="COMMIT", help="A commit of `botyard history`.")],
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """Bring back a bot's specification of an earlier commit, by a new commit.

    The values of secrets stay as they are.
    """
    from control_api.cli.client import Client
    from control_api.cli.progress import finish

    with Client() as client:
        answer = client.write("POST", f"{bot_path(client, bot)}/rollback", {"commit": commit})
        finish(client, answer, wait=wait, as_json=as_json)


def print_diff(found: dict[str, Any]) -> bool:
    """The unified diff, or else the changed fields; False where there is no difference."""
    unified = str(found.get("unified") or "")
    for line in unified.splitlines():
        colour = _LINE_COLOURS.get(line[:1])
        typer.echo(paint(printable(line), colour) if colour else printable(line))
    changes = found.get("changes") or []
    if not unified:
        _print_changes(changes)
    return bool(unified or changes)


def _print_entry(entry: dict[str, Any]) -> None:
    message = str(entry.get("message") or "").splitlines()
    commit = paint(str(entry["commit"])[:10], typer.colors.YELLOW)
    about = f"{entry['author']}  {message[0] if message else ''}"
    typer.echo(f"{commit} {entry['at']} {printable(about)}")
    _print_changes(entry.get("changes") or [])


def _print_changes(changes: list[dict[str, Any]]) -> None:
    for change in changes:
        before, after = _short(change.get("from")), _short(change.get("to"))
        typer.echo(f"    {printable(str(change['pointer']))}: {before} → {after}")


def _short(value: Any) -> str:
    text = printable("(none)" if value is None else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
