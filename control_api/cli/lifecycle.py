"""`botyard restart`, `pause`, `resume` and `delete`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from control_api.cli.arguments import Bot, Json, Wait, bot_path, full_id
from control_api.cli.output import note


def restart(bot: Bot, wait: Wait = True, as_json: Json = False) -> None:
    """Start a bot anew, by a commit like every change."""
    _ask("POST", bot, "/restart", wait, as_json)


def pause(bot: Bot, wait: Wait = True, as_json: Json = False) -> None:
    """Stop a bot and keep it; messages wait until it is resumed."""
    _ask("POST", bot, "/pause", wait, as_json)


def resume(bot: Bot, wait: Wait = True, as_json: Json = False) -> None:
    """Let a paused bot go on."""
    _ask("POST", bot, "/resume", wait, as_json)


def delete(
    bot: Bot,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """Delete a bot with its conversations; its history stays in Git."""
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter(
                f"say --yes to delete {bot} where nobody can be asked", param_hint="--yes"
            )
        typer.confirm(f"Delete {bot} and all its conversations?", abort=True, err=True)
    _ask("DELETE", bot, "", wait, as_json)
    if wait and not as_json:
        note(f"{bot} is gone.")


def _ask(method: str, bot: str, action: str, wait: bool, as_json: bool) -> None:
    from control_api.cli.client import Client
    from control_api.cli.progress import finish

    with Client() as client:
        finish(
            client,
            client.write(method, f"{bot_path(client, full_id(client, bot))}{action}"),
            wait=wait,
            as_json=as_json,
        )
