"""All commands of `botyard`, in the order that `--help` shows them."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from control_api.cli import (
    access,
    backup,
    bots,
    chat,
    deploy,
    doctor,
    export,
    history,
    import_bots,
    lifecycle,
    logs,
    tokens,
    up,
    users,
    validate,
)
from control_api.cli.arguments import AS_JSON
from control_api.cli.failure import CommandError
from control_api.cli.output import note, paint, print_json


class _Commands(TyperGroup):
    """Shows a failed command's message and next step, and ends with 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CommandError as failure:
            if ctx.meta.get(AS_JSON) and not failure.is_shown:
                print_json(failure.document())
            first, *rest = failure.lines()
            note("\n".join([paint(first, typer.colors.RED, err=True), *rest]))
            raise typer.Exit(1) from failure

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.commands)


# Plain help: the boxes of the rich one cost a quarter of a second at every start.
app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Botyard hosts chat bots: describe one and moments later it answers. Every change is a Git commit.",
    epilog="Speaks to BOTYARD_URL with BOTYARD_TOKEN or the saved sign-in. Exit: 0 done, 1 failed, 2 usage.",
)

app.command("up")(up.up)
app.command("deploy")(deploy.deploy)
app.command("list")(bots.list_bots)
app.command("show")(bots.show)
app.command("chat")(chat.chat)
app.command("logs")(logs.logs)
app.command("restart")(lifecycle.restart)
app.command("pause")(lifecycle.pause)
app.command("resume")(lifecycle.resume)
app.command("delete")(lifecycle.delete)
app.command("history")(history.history)
app.command("diff")(history.diff)
app.command("rollback")(history.rollback)
app.command("validate")(validate.validate)
app.add_typer(access.app, name="access")
app.add_typer(tokens.app, name="token")
app.add_typer(users.app, name="user")
app.command("export")(export.export)
app.command("import")(import_bots.import_bots)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("doctor")(doctor.doctor)
