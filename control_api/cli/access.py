"""`botyard access`: who may talk to a bot in its chat channels."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from control_api.cli.arguments import Bot, Json, bot_path
from control_api.cli.output import note, print_fields, print_json, qr

app = typer.Typer(
    help="Who may talk to a bot: pair, approve, revoke.", no_args_is_help=True, rich_markup_mode=None
)
# Platforms whose link says something to a bot, and what is left to do there.
_BY_LINK = {
    "telegram": "Open the link in Telegram and press Start",
    "whatsapp": "Open the link in WhatsApp and send what is written there",
}
# Platforms where no link says something to a bot, and how its owner tells the code there.
_BY_CODE = {
    "discord": "in Discord, give the bot the command /start with it",
    "slack": "in Slack, write `start CODE` to the bot",
}
Sender = Annotated[str, typer.Argument(metavar="PERSON", help="Such as telegram:1234.")]


@app.command("show")
def show(bot: Bot, as_json: Json = False) -> None:
    """Show how to pair, who may talk, and who asks to."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.get(f"{bot_path(client, bot)}/access")
        bot_now = client.get(bot_path(client, bot)) if not as_json and not found.get("link") else None
    _print(found, as_json)
    if bot_now is not None and not found["people"]:
        note(_without_link(bot_now, found.get("pairing")))


@app.command("approve")
def approve(bot: Bot, person: Sender, as_json: Json = False) -> None:
    """Let a person talk to the bot."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.write("POST", f"{bot_path(client, bot)}/access", {"sender": person})
    _print(found, as_json)


@app.command("pair")
def pair(bot: Bot, as_json: Json = False) -> None:
    """Make a fresh pairing code, for another owner or in place of one that leaked."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.write("POST", f"{bot_path(client, bot)}/access/code", {})
        bot_now = client.get(bot_path(client, bot)) if not as_json and not found.get("link") else None
    _print(found, as_json)
    if bot_now is not None:
        note(_without_link(bot_now, found["pairing"]))


@app.command("revoke")
def revoke(bot: Bot, person: Sender, as_json: Json = False) -> None:
    """Let a person talk to the bot no longer."""
    from control_api.cli.client import Client

    with Client() as client:
        found = client.write("DELETE", f"{bot_path(client, bot)}/access", params={"sender": person})
    _print(found, as_json)


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_fields(
        [
            ("policy", str(found["policy"])),
            ("pairing link", "\n".join(_links(found))),
            ("pairing code", str((found.get("pairing") or {}).get("code") or "")),
            ("may talk", "\n".join(map(_person, found["people"]))),
            ("asks to", "\n".join(map(_person, found["requests"]))),
        ]
    )
    if found.get("link"):
        if sys.stdout.isatty():
            typer.echo(f"\n{qr(str(found['link']))}")
        links = (found.get("pairing") or {}).get("links") or {}
        for how in [said for name, said in _BY_LINK.items() if name in links]:
            note(f"{how}: whoever does so first owns the bot.")


def _links(found: dict[str, Any]) -> list[str]:
    """The links of all platforms, or the one that there is."""
    links = (found.get("pairing") or {}).get("links") or {}
    return [str(link) for link in links.values()] or [str(found.get("link") or "")]


def _without_link(bot: dict[str, Any], pairing: Any) -> str:
    states, wanted = bot.get("channels") or {}, (bot.get("spec") or {}).get("channels") or {}
    ways = [say for name, say in _BY_CODE.items() if (states.get(name) or {}).get("state") == "connected"]
    if pairing and ways:
        return f"Pair by the code: {'; or '.join(ways)}. Whoever does so first owns the bot."
    platforms = [name for name in {**states, **wanted} if name != "web"]
    if not platforms:
        return "No pairing link: the bot is on the web only, where whoever may change it may talk to it."
    if all((states.get(name) or {}).get("state") != "connected" for name in platforms):
        return f"Nobody can pair yet: {platforms[0].capitalize()} is not connected; `botyard show` says why."
    return "No pairing link: only those who may change the bot see it."


def _person(person: dict[str, Any]) -> str:
    about = ", ".join(str(person[key]) for key in ("name", "role") if person.get(key))
    return f"{person['sender']} ({about})" if about else str(person["sender"])
