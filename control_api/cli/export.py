"""`botyard export`: bots as files, to keep or to import elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Json, bot_path, quoted
from control_api.cli.carried import BOT_FILE, packed
from control_api.cli.failure import CommandError
from control_api.cli.output import note, print_json

if TYPE_CHECKING:
    from control_api.cli.client import Client

_PAGE = 100


def export(
    bots: Annotated[list[str] | None, typer.Argument(metavar="BOT…", help="The bots.")] = None,
    to: Annotated[
        Path, typer.Option(metavar="PATH", help="A new folder; a tar where it ends in .tar, .tar.gz or .tgz.")
    ] = Path("bots"),
    owner: Annotated[str | None, typer.Option(help="All bots of this owner.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All bots that you can see.")] = False,
    conversations: Annotated[
        bool, typer.Option("--conversations", help="Their conversations too, one a line in JSON.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write bots to files: `<owner>/<bot>/bot.yaml`, as `botyard import` and `botyard deploy` read it.

    The values of secrets can't be read and are not in it; their names are listed.
    """
    from control_api.cli.client import Client

    if sum((bool(bots), owner is not None, everything)) != 1:
        raise typer.BadParameter("give bots, or --owner NAME, or --all", param_hint="BOT")
    with Client() as client, packed(to.expanduser().absolute()) as folder:
        found = list(_chosen(client, bots or [], owner))
        if not found:
            raise CommandError("There is no bot to export.", hint="`botyard list` shows those you can see.")
        for bot in found:
            _write(client, bot, folder, conversations=conversations)
        index = [{"id": bot["id"], "secrets": sorted(bot.get("secrets") or {})} for bot in found]
        about = {
            "kind": "botyard export",
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "bots": index,
        }
        (folder / "export.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json({"path": str(to), "bots": index})
        return
    typer.echo(f"{to}: {len(index)} bot{'s' if len(index) > 1 else ''}")
    if missing := [each for each in index if each["secrets"]]:
        note("Secrets stay behind. Where these are imported, give them anew:")
        for each in missing:
            note(f"  {each['id']}: {', '.join(each['secrets'])}")


def _chosen(client: Client, bots: list[str], owner: str | None) -> Iterator[dict[str, Any]]:
    if not bots:
        yield from client.items("/bots", limit=_PAGE, owner=owner)
    for bot in dict.fromkeys(bots):
        yield client.get(bot_path(client, bot))


def _write(client: Client, bot: dict[str, Any], folder: Path, *, conversations: bool) -> None:
    from gitops import bot_file

    place = folder / str(bot["owner"]) / str(bot["name"])
    place.mkdir(parents=True)
    (place / BOT_FILE).write_bytes(bot_file.write(bot["spec"]))
    if conversations:
        with (place / "conversations.jsonl").open("w", encoding="utf-8") as lines:
            for conversation in _conversations(client, str(bot["id"])):
                lines.write(json.dumps(conversation, ensure_ascii=False) + "\n")


def _conversations(client: Client, bot: str) -> Iterator[dict[str, Any]]:
    from control_api.cli.refusal import RefusedError

    path = f"/bots/{quoted(bot)}/conversations"
    for conversation in client.items(path, limit=_PAGE):
        try:
            yield {**conversation, **client.get(f"{path}/{quoted(str(conversation['id']))}")}
        except RefusedError as refusal:
            if refusal.status != 404:  # It was erased a moment ago.
                raise
