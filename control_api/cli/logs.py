"""`botyard logs`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from control_api.cli.arguments import Bot, Json, bot_path
from control_api.cli.output import paint, printable

_COLOURS = {"warning": "yellow", "error": "red", "critical": "red", "debug": "bright_black"}
_OWN = {"id", "at", "level", "event"}


def logs(
    bot: Bot,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new lines come.")] = False,
    level: Annotated[
        str | None, typer.Option(help="Only this level and above: debug, info, warning, error.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a bot did, oldest first."""
    import json

    from control_api.cli.client import Client
    from control_api.cli.refusal import broken_off

    params = {"follow": str(follow).lower(), **({"level": level} if level else {})}
    with Client() as client, client.events("GET", f"{bot_path(client, bot)}/logs", params=params) as events:
        for event, data in events:
            if event == "error":
                raise broken_off(data, hint="Run the command again to go on.")
            typer.echo(json.dumps(data, ensure_ascii=False) if as_json else _line(data))


def _line(data: Any) -> str:
    if not isinstance(data, dict):
        return printable(str(data))
    level = str(data.get("level") or "info")
    rest = " ".join(f"{key}={value}" for key, value in data.items() if key not in _OWN and value is not None)
    text = printable(
        f"{_moment(data.get('at'))} {level:<7} {data.get('event') or ''} {rest}".rstrip()
    ).replace("\n", " ")
    return paint(text, _COLOURS[level]) if level in _COLOURS else text


def _moment(at: Any) -> str:
    """Seconds since 1970, as the runtime has them, become a time in UTC; a time stays."""
    if isinstance(at, int | float):
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return str(at or "")
