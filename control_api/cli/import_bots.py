"""`botyard import`: bots from files, created or brought to what the files say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Json, Wait, quoted, user_of
from control_api.cli.carried import Carried, read_all
from control_api.cli.failure import CommandError
from control_api.cli.many_secrets import ManySecrets, names
from control_api.cli.output import note, print_json

if TYPE_CHECKING:
    from control_api.cli.client import Client

# The API takes a body of 1 MiB and a thousand bots at a time; smaller batches show progress.
_LARGEST_BATCH, _MOST_BOTS = 900_000, 500
_PAGE = 100


@dataclass
class Plan:
    """What is to be done, as items of `POST /bulk`."""

    items: list[dict[str, Any]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def ids(self, op: str) -> list[str]:
        return [item["id"] for item in self.items if item["op"] == op]


def import_bots(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", help="Folders or tars of an export, or bot.yaml files.")
    ],
    owner: Annotated[str | None, typer.Option(help="Whose they become; left out, whose they were.")] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=@FILE]",
            help="A secret for every bot that names it, from the variable NAME, a file, or a hidden prompt.",
        ),
    ] = None,
    secrets_file: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Lines NAME=value or OWNER.BOT/NAME=value; - is standard input."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """Create the bots in the files, or bring those that are there to what the files say.

    Each batch of bots is one operation, all or nothing. Bots that are not in the files are left alone.
    """
    from control_api.cli.client import Client

    given = ManySecrets(secret or [], secrets_file)
    carried = read_all([path.expanduser() for path in paths])
    with Client() as client:
        wanted = _by_id(client, carried, owner)
        there = _there(client, {bot.partition(".")[0] for bot in wanted})
        plan = _plan(wanted, there, given)
        given.check_used()
        done = {"create": plan.ids("create"), "update": plan.ids("update"), "unchanged": plan.unchanged}
        if dry_run:
            _preview(client, plan, wanted, there, as_json=as_json)
            operations = []
        else:
            operations = _carry_out(client, plan, wait=wait)
    if as_json:
        print_json({**done, **({} if dry_run else {"operations": operations})})
    else:
        typer.echo(", ".join(f"{op} {len(bots)}" for op, bots in done.items() if bots))


def _by_id(client: Client, carried: list[Carried], owner: str | None) -> dict[str, Carried]:
    mine = user_of(client) if owner is None and any(each.owner is None for each in carried) else ""
    found: dict[str, Carried] = {}
    for each in carried:
        bot = f"{owner or each.owner or mine}.{each.name}"
        if bot in found:
            raise CommandError(
                f"{found[bot].source} and {each.source} would both become {bot}.",
                hint="Import them one after the other, to different owners.",
            )
        found[bot] = each
    return found


def _there(client: Client, owners: set[str]) -> dict[str, dict[str, Any]]:
    """The bots that these owners have already."""
    return {
        str(bot["id"]): bot
        for owner in sorted(owners)
        for bot in client.items("/bots", limit=_PAGE, owner=owner)
    }


def _plan(wanted: dict[str, Carried], there: dict[str, dict[str, Any]], given: ManySecrets) -> Plan:
    plan, missing = Plan(), []
    for bot, carried in wanted.items():
        values = given.of(bot, carried.spec)
        known = there.get(bot)
        has = {*values, *_set(known or {})}
        missing += [f"{bot}/{name}" for name in names(carried.spec) if name not in has]
        change = carried.spec if known is None else patch(known["spec"], carried.spec)
        if known is not None and not change and not values:
            plan.unchanged.append(bot)
            continue
        op = "create" if known is None else "update"
        plan.items.append({"op": op, "id": bot, "spec": change, "secrets": values})
    if missing:
        raise CommandError(
            "These secrets are not set, and an export does not carry them.",
            details=missing,
            hint="Give each by --secret NAME, or all by --secrets-file with lines OWNER.BOT/NAME=value.",
        )
    return plan


def _set(bot: dict[str, Any]) -> list[str]:
    return [name for name, state in (bot.get("secrets") or {}).items() if (state or {}).get("set")]


def patch(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The JSON merge patch (RFC 7396) from one specification to another."""
    changes: dict[str, Any] = {name: None for name in old if name not in new}
    for name, value in new.items():
        before = old.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            if inner := patch(before, value):
                changes[name] = inner
        elif before != value or type(before) is not type(value):
            changes[name] = value
    return changes


def _preview(
    client: Client,
    plan: Plan,
    wanted: dict[str, Carried],
    there: dict[str, dict[str, Any]],
    *,
    as_json: bool,
) -> None:
    """Let the API check each bot as if it were written, and show the difference."""
    from control_api.cli.history import print_diff

    for item in plan.items:
        bot = item["id"]
        body = {"spec": wanted[bot].spec, "secrets": item["secrets"], "dry_run": True}
        if item["op"] == "create":
            answer = client.write("POST", "/bots", {**body, "owner": bot.partition(".")[0]})
        else:
            answer = client.write("PUT", f"/bots/{quoted(bot)}", body, version=there[bot].get("version"))
        if not as_json:
            note(f"{item['op']} {bot}")
            if item["op"] == "update":
                print_diff(answer.get("diff") or {})


def _carry_out(client: Client, plan: Plan, *, wait: bool) -> list[str]:
    """Batch by batch; the operations."""
    from control_api.cli.progress import finish

    operations, written = [], 0
    for batch in _batches(plan.items):
        try:
            answer = client.write("POST", "/bulk", batch)
            operations.append(str(answer["operation"]["id"]))
            finish(client, answer, wait=wait, as_json=False)
        except CommandError as failure:
            if written:
                failure.details = (*failure.details, f"The first {written} bots are imported already.")
            raise
        written += len(batch)
    return operations


def _batches(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for item in items:
        length = len(json.dumps(item).encode()) + 1
        if batch and (size + length > _LARGEST_BATCH or len(batch) >= _MOST_BOTS):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch
