"""`botyard deploy --new-telegram-bot`: a link to open in Telegram in place of a token to copy."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import typer

from control_api.cli.failure import CommandError
from control_api.cli.output import note, print_json, printable, qr
from control_api.cli.progress import finish

if TYPE_CHECKING:
    from control_api.cli.client import Client

_LOOK_EVERY = 1.0  # seconds
_RETRIES = 5
_OVER = frozenset({"failed", "expired"})


def deploy_by_link(client: Client, body: dict[str, Any], *, wait: bool, as_json: bool) -> None:
    """Ask for the link, show it, and stay until the bot that somebody names there has answered."""
    made = client.write("POST", "/managed-bots", body)
    if not wait:
        _show(made, as_json)
        return
    note(f"Open this in Telegram and name the bot there:\n\n  {made['link']}\n")
    if sys.stderr.isatty():
        note(qr(made["link"]))
    try:
        made = _deployed(client, made)
    except KeyboardInterrupt:
        note("\nStopped watching. The link can be opened for an hour, its button used for an hour from then.")
        raise typer.Exit(130) from None
    finish(client, {"operation": client.get(f"/operations/{made['operation']}")}, wait=True, as_json=as_json)
    if not as_json:
        note(f"{made['bot']} answers, in Telegram as @{made['username']}.")


def _show(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(made["link"])
    note("Open it in Telegram and name the bot there; Botyard deploys it then. It is good for an hour.")


def _deployed(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    """The link once its bot is being deployed; says who has opened it."""
    said = ""
    while not made["operation"]:
        if made["state"] in _OVER:
            raise _failed(made)
        if made["opened_by"] and made["opened_by"] != said:
            said = made["opened_by"]
            note(printable(f"{said} has opened it; waiting for the bot's name."))
        time.sleep(_LOOK_EVERY)
        made = _newest(client, made)
    return made


def _newest(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    """How far it is now, across restarts of the API."""
    from control_api.cli.refusal import RefusedError

    failures = 0
    while True:
        try:
            return dict(client.get(f"/managed-bots/{made['id']}"))
        except CommandError as failure:
            failures += 1
            if failures == _RETRIES or (isinstance(failure, RefusedError) and failure.status < 500):
                raise
        time.sleep(_LOOK_EVERY)


def _failed(made: dict[str, Any]) -> CommandError:
    if made["state"] == "expired":
        return CommandError("Nobody has used the link in time.", hint="Run the command again for a new one.")
    return CommandError(
        printable(f"{made['bot']} was not deployed: {made['reason']}"),
        hint="Mend it and run the command again; the bot that was made stays in Telegram, where @BotFather "
        "deletes it.",
    )
