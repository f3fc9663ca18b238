"""`botyard list` and `botyard show`."""

from __future__ import annotations

from typing import Any

import typer

from control_api.cli.arguments import Bot, Json, bot_path
from control_api.cli.output import note, paint, print_fields, print_json, print_table, printable

_PHASE_COLOURS = {"live": "green", "idle": "green", "failed": "red", "degraded": "yellow", "held": "yellow"}


def list_bots(as_json: Json = False) -> None:
    """List the bots you can see."""
    from control_api.cli.client import Client

    with Client() as client:
        bots = list(client.items("/bots"))
    if as_json:
        print_json(bots)
    elif bots:
        print_table(["bot", "phase", "channels", "model", "reason"], [_row(bot) for bot in bots])
    else:
        note("No bots yet. Make one: botyard deploy --template general-assistant")


def show(bot: Bot, as_json: Json = False) -> None:
    """Show a bot: how it is, what it is made of, its last operation."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.get(bot_path(client, bot))
        if as_json:
            print_json(found)
            return
        last = (found.get("status") or {}).get("operation")
        operation = client.get(f"/operations/{last}") if last else None
    _show_bot(found)
    if operation:
        _show_operation(operation)


def _show_bot(bot: dict[str, Any]) -> None:
    status = bot.get("status") or {}
    phase = str(status.get("phase") or "")
    spec = bot.get("spec") or {}
    secrets = bot.get("secrets") or {}
    print_fields(
        [
            ("bot", str(bot["id"])),
            ("phase", phase),
            ("reason", str(status.get("reason") or "")),
            ("next", str(status.get("next_step") or "")),
            ("description", str(spec.get("description") or "")),
            ("model", _model(bot)),
            ("channels", _channels(bot)),
            ("process", _process(status.get("process"))),
            ("access", str((spec.get("access") or {}).get("policy") or "pairing")),
            (
                "secrets",
                ", ".join(
                    f"{k} ({'set' if (v or {}).get('set') else 'missing'})" for k, v in secrets.items()
                ),
            ),
            ("version", str(bot.get("version") or "not committed yet")),
            ("commit", str(status.get("commit") or "")),
            ("webhook", str(status.get("webhook_url") or "")),
        ]
    )


def _process(process: dict[str, Any] | None) -> str:
    """Its memory, and its last wake."""
    if process is None:
        return ""
    memory = process.get("memory_mib")
    said = f"{memory} MiB" if memory is not None else "none, it sleeps"
    if process.get("woken_at"):
        said += f"; woke at {process['woken_at']} in {process['wake_ms']:.0f} ms"
    return said


def _show_operation(operation: dict[str, Any]) -> None:
    from control_api.cli.steps import steps

    colour = {"succeeded": "green", "failed": "red"}.get(str(operation.get("state")), "yellow")
    typer.echo(f"\nlast operation: {operation.get('kind')} {paint(str(operation.get('state')), colour)}")
    for step in steps(operation):
        typer.echo(printable(step.line()))


def _row(bot: dict[str, Any]) -> list[str]:
    status = bot.get("status") or {}
    return [
        str(bot["id"]),
        str(status.get("phase") or ""),
        _channels(bot),
        _model(bot),
        str(status.get("reason") or ""),
    ]


def _model(bot: dict[str, Any]) -> str:
    model = (bot.get("spec") or {}).get("model") or {}
    provider, name = str(model.get("provider") or "embedded"), str(model.get("name") or "")
    if provider == "embedded":
        return "embedded (demo)"
    return f"{provider} {name}".strip()


def _channels(bot: dict[str, Any]) -> str:
    shown = []
    for name, channel in (bot.get("channels") or {}).items():
        text = name if channel.get("state") == "connected" else f"{name} ({channel.get('state')})"
        shown.append(f"{text} {channel['link']}" if channel.get("link") else text)
    return ", ".join(shown)
