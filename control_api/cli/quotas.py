"""`botyard user quota`: what an owner's bots may have together, shown and set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Json, quoted
from control_api.cli.failure import CommandError
from control_api.cli.output import print_json, print_table

if TYPE_CHECKING:
    from control_api.cli.client import Client

_NONE = "none"
_PER_UNIT = {"cpu": 1.0, "memory": 2.0**20}


def quota(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A user or a team.")],
    bots: Annotated[str | None, typer.Option(metavar="COUNT", help="How many bots.")] = None,
    secrets: Annotated[str | None, typer.Option(metavar="COUNT", help="How many stored secrets.")] = None,
    cpu: Annotated[str | None, typer.Option(help="Processors of all bots, such as 500m or 8.")] = None,
    memory: Annotated[str | None, typer.Option(help="Memory of all bots, such as 16Gi.")] = None,
    usd_per_day: Annotated[
        str | None, typer.Option("--usd-per-day", metavar="USD", help="The sum of the bots' budgets.")
    ] = None,
    tokens_per_day: Annotated[
        str | None, typer.Option("--tokens-per-day", metavar="COUNT", help="The sum of the bots' budgets.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what NAME's bots may have together and have, or set limits; `none` takes a limit away."""
    from control_api.cli.client import Client
    from control_api.cli.progress import finish

    given = {"cpu": cpu, "memory": memory}
    numbers = {
        "bots": bots,
        "secrets": secrets,
        "usd_per_day": usd_per_day,
        "tokens_per_day": tokens_per_day,
    }
    wanted: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    wanted |= {key: _number(key, value) for key, value in numbers.items() if value is not None}
    with Client() as client:
        path, found = _find(client, name)
        if wanted:
            kept = {key: value for key, value in {**found["quota"], **wanted}.items() if value != _NONE}
            finish(client, client.write("PUT", path, kept), wait=True, as_json=as_json)
            if as_json:
                return
            found = client.get(path)
    if as_json:
        print_json(found)
    else:
        _show(found)


def _find(client: Client, name: str) -> tuple[str, dict[str, Any]]:
    """The path of the owner's quota and what it answers: a user's, or else a team's."""
    from control_api.cli.refusal import RefusedError

    for kind in ("users", "teams"):
        path = f"/{kind}/{quoted(name)}/quota"
        try:
            return path, dict(client.get(path))
        except RefusedError as refusal:
            if refusal.status != 404:
                raise
    raise CommandError(
        f"There is no user and no team {name}.", hint="`botyard user list` shows the users there are."
    )


def _number(key: str, text: str) -> float | int | str:
    if text == _NONE:
        return text
    option = f"--{key.replace('_', '-')}"
    try:
        return float(text) if key == "usd_per_day" else int(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no number; give one, or none", param_hint=option) from None


def _show(found: dict[str, Any]) -> None:
    limits, used = found["quota"], found["used"]
    rows = []
    for key, has in used.items():
        shown = f"{has / 2**20:g}Mi" if key == "memory" else f"{has:.12g}"
        limit = limits.get(key)
        rows.append([key, shown, "no limit" if limit is None else str(limit)])
    print_table([found["owner"], "used", "of"], rows)
