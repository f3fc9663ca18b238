"""`botyard deploy`: create a bot from a file or a template, or update the one that the file names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Json, Wait, quoted, user_of
from control_api.cli.failure import CommandError
from control_api.cli.output import note, print_json

if TYPE_CHECKING:
    from control_api.cli.client import Client
    from control_api.cli.refusal import RefusedError

# As the API words a secret that nobody has given.
_MISSING = re.compile(r"names the secret ([A-Z][A-Z0-9_]*), which is not set")


def deploy(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="bot.yaml, or an agent.config.json of the older shape; - reads YAML."
        ),
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Start from a template instead of a file.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The bot's name, instead of the one in the file.")] = None,
    owner: Annotated[str | None, typer.Option(help="The owner; left out, you.")] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[=@FILE]",
            help="A secret's value, from the variable NAME, a file, or a hidden prompt. Repeatable.",
        ),
    ] = None,
    new_telegram_bot: Annotated[
        bool,
        typer.Option(
            "--new-telegram-bot", help="Print a link that makes its bot in Telegram: no token to copy."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")
    ] = False,
    print_only: Annotated[
        bool, typer.Option("--print", help="Write the bot.yaml that FILE becomes, and deploy nothing.")
    ] = False,
    wait: Wait = True,
    as_json: Json = False,
) -> None:
    """Create a bot from FILE or a template, or update the bot that FILE names."""
    from control_api.cli.client import Client
    from control_api.cli.given_tokens import check_tokens
    from control_api.cli.progress import finish
    from control_api.cli.refusal import RefusedError
    from control_api.cli.secret_values import collect

    if (file is None) == (template is None):
        raise typer.BadParameter("give either a FILE or --template NAME", param_hint="FILE")
    if print_only and file is not None:
        _print({**_from_file(file, uncorrected=True), **({"name": name} if name else {})})
        return
    with Client() as client:
        spec = _from_file(file) if file is not None else _from_template(client, str(template))
        if name:
            spec["name"] = name
        if print_only:
            _print(spec)
            return
        bot = f"{owner or user_of(client)}.{spec['name']}"
        body: dict[str, Any] = {"spec": spec, "secrets": collect(secret or [])}
        check_tokens(client, spec, body["secrets"])
        if dry_run:
            body["dry_run"] = True
        if new_telegram_bot and not dry_run:
            _by_link(client, _owned(body, owner), wait=wait, as_json=as_json)
            return
        try:
            answer = (
                client.write("POST", "/managed-bots", _owned(body, owner))
                if new_telegram_bot
                else _send(client, bot, body, owner)
            )
        except RefusedError as refusal:
            refusal.hint = _how_to_give_secrets(refusal, file) or refusal.hint
            raise
        if dry_run:
            _show_preview(answer, bot, as_json)
            return
        finish(client, answer, wait=wait, as_json=as_json)
        if wait and not as_json:
            note(f"{bot} answers. Talk to it: botyard chat {bot}")


def _send(client: Client, bot: str, body: dict[str, Any], owner: str | None) -> dict[str, Any]:
    """Create the bot, or replace the specification that was there when we looked."""
    from control_api.cli.refusal import RefusedError

    path = f"/bots/{quoted(bot)}"
    try:
        existing = client.get(path)
    except RefusedError as refusal:
        if refusal.status != 404:
            raise
        return dict(client.write("POST", "/bots", _owned(body, owner)))
    return dict(client.write("PUT", path, body, version=existing.get("version")))


def _owned(body: dict[str, Any], owner: str | None) -> dict[str, Any]:
    return {**body, "owner": owner} if owner else body


def _by_link(client: Client, body: dict[str, Any], *, wait: bool, as_json: bool) -> None:
    from control_api.cli.managed_bot import deploy_by_link

    deploy_by_link(client, body, wait=wait, as_json=as_json)


def _how_to_give_secrets(refusal: RefusedError, file: str | None) -> str | None:
    names = dict.fromkeys(_MISSING.findall(" ".join(refusal.details)))
    if not names:
        return None
    what = file if file is not None else "--template NAME"
    return f"Give it: botyard deploy {what} {' '.join(f'--secret {name}' for name in names)}"


def _from_file(file: str, *, uncorrected: bool = False) -> dict[str, Any]:
    from control_api.cli.spec_file import read

    return read(file, uncorrected=uncorrected)


def _print(spec: dict[str, Any]) -> None:
    from gitops import bot_file

    typer.echo(bot_file.write(spec).decode(), nl=False)


def _from_template(client: Client, template: str) -> dict[str, Any]:
    known = {str(item["id"]): item for item in client.items("/templates")}
    if template not in known:
        raise CommandError(
            f"There is no template {template!r}.", hint=f"Templates: {', '.join(sorted(known))}."
        )
    return {**known[template]["spec"], "name": template, "template": template}


def _show_preview(answer: dict[str, Any], bot: str, as_json: bool) -> None:
    from control_api.cli.history import print_diff

    if as_json:
        print_json(answer)
    elif not print_diff(answer.get("diff") or {}):
        note(f"Nothing would change: {bot} is already like this.")
