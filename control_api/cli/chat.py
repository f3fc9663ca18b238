"""`botyard chat`: one turn, or a conversation, on the web channel."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Bot, Json, bot_path
from control_api.cli.failure import CommandError
from control_api.cli.output import note, paint, print_json, printable

if TYPE_CHECKING:
    from control_api.cli.client import Client


def chat(
    bot: Bot,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What to say; left out, a conversation.")
    ] = None,
    conversation: Annotated[str | None, typer.Option(help="Go on in this conversation.")] = None,
    as_json: Json = False,
) -> None:
    """Talk to a bot; its answer is streamed."""
    from control_api.cli.client import Client

    with Client() as client:
        path = f"{bot_path(client, bot)}/chat"
        if text is not None:
            done = _turn(client, path, text, conversation, quiet=as_json)
            if as_json:
                print_json(done)
        else:
            _converse(client, path, conversation)


def _converse(client: Client, path: str, conversation: str | None) -> None:
    """Line in, answer out, until the end of the input."""
    asked = sys.stdin.isatty()
    if asked:
        _enable_line_editing()
        note("Ctrl-D ends the conversation.")
    while True:
        try:
            text = input("you> " if asked else "").strip()
        except EOFError:
            if asked:
                note("")
            return
        if not text:
            continue
        try:
            done = _turn(client, path, text, conversation)
        except CommandError as failure:
            if not asked:
                raise
            note("\n".join(failure.lines()))
            continue
        conversation = done.get("conversation") or conversation


def _turn(
    client: Client, path: str, text: str, conversation: str | None, *, quiet: bool = False
) -> dict[str, Any]:
    """One message and its streamed answer; returns the `done` event."""
    from control_api.cli.refusal import broken_off

    body = {"text": text, **({"conversation": conversation} if conversation else {})}
    shown = ""
    with client.events("POST", path, body=body) as events:
        for event, data in events:
            if event == "delta" and not quiet:
                shown += data["text"]
                typer.echo(printable(data["text"]), nl=False)
            elif event == "error":
                if shown:
                    typer.echo()
                raise broken_off(data, hint="`botyard logs` tells what happened.")
            elif event == "done":
                if not quiet:
                    # What was not streamed, such as a stored answer to a repeated message, is shown now.
                    typer.echo("" if shown else printable(str(data.get("text") or "")))
                    _remark(data)
                return dict(data)
    if shown:
        typer.echo()
    raise CommandError("The answer broke off.", hint="Ask again; `botyard logs` tells what happened.")


def _remark(done: dict[str, Any]) -> None:
    """What the turn cost, for a person at a terminal."""
    usage = done.get("usage") or {}
    tokens = usage.get("tokens_out")
    if sys.stdout.isatty() and sys.stderr.isatty() and tokens is not None:
        note(
            paint(f"{usage.get('tokens_in', 0)} tokens in, {tokens} out", typer.colors.BRIGHT_BLACK, err=True)
        )


def _enable_line_editing() -> None:
    try:
        import readline  # noqa: F401 - importing it gives `input` its editing and history
    except ImportError:  # a Python built without it still reads lines
        return
