"""`botyard backup` and `botyard restore`: everything of one machine in one encrypted file, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from control_api.cli.arguments import Json
from control_api.cli.failure import CommandError
from control_api.cli.output import note, print_json
from control_api.cli.passwords import new_passphrase, old_passphrase

if TYPE_CHECKING:
    from control_api.settings import ControlSettings

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", dir_okay=False)]
PassphraseFile = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file",
        metavar="PATH",
        help="Take the first line of a file as the passphrase, - for standard input; else it is asked for.",
    ),
]
# What is counted, as people call it.
_NAMES = {
    "bot": "bots",
    "turns": "conversation turns",
    "people": "people paired",
    "waiting": "messages waiting",
    "user_account": "users",
    "api_token": "tokens",
    "operation": "operations",
    "usage_entry": "usage entries",
}


def backup(
    file: File,
    passphrase_file: PassphraseFile = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    as_json: Json = False,
) -> None:
    """Write everything of this machine's Botyard to FILE, encrypted by a passphrase, while it runs.

    Bots with their history, conversations, users, tokens, usage and all keys: FILE and the passphrase are all
    that `botyard restore` needs. Left out are logs, and sessions of the page.
    """
    settings = _settings()
    file = file.expanduser().absolute()
    if file.exists() and not force:
        raise CommandError(f"{file} exists.", hint="Choose another name, or replace it with --force.")
    if not file.parent.is_dir():
        raise CommandError(f"There is no folder {file.parent}.", hint="Make it first.")
    with _explained():
        from control_api.backup import take

        take.check(settings)
        passphrase = new_passphrase(passphrase_file)
        counts = take.take(settings, file, passphrase, _tell(as_json))
    size = file.stat().st_size
    if as_json:
        print_json({"file": str(file), "bytes": size, **_named(counts)})
        return
    typer.echo(f"{file}: {size / 1e6:.1f} MB")
    _show(counts)
    note("Restore it with `botyard restore`, into an empty BOTYARD_HOME. Without the passphrase nobody can.")


def restore(file: File, passphrase_file: PassphraseFile = None, as_json: Json = False) -> None:
    """Bring a backup back into BOTYARD_HOME, which has to be empty. FILE is checked to its end first."""
    settings = _settings()
    with _explained():
        from control_api.backup import target
        from control_api.backup.envelope import Sealed
        from control_api.backup.restore import restore as bring_back

        sealed = Sealed(file.expanduser().absolute())
        target.check(settings)
        opened = sealed.open(old_passphrase(passphrase_file))
        manifest, counts = bring_back(settings, opened, _tell(as_json))
    differs = manifest.differs(settings)
    if as_json:
        document = {"home": str(settings.home), "made_at": manifest.made_at, "settings": differs}
        print_json({**document, **_named(counts)})
        return
    typer.echo(f"{settings.home} is as it was at {manifest.made_at}.")
    _show(counts)
    _advise(differs)


def _advise(differs: list[str]) -> None:
    note("Next:")
    note("- Stop the old Botyard if it still runs: two of them would take each other's messages.")
    if differs:
        note("- Settings are not in a backup. Where it was taken, these were not as they are here:")
        for line in differs:
            note(f"    {line}")
    note("- Start this one: `make up` or `botyard up`. Each bot comes up with its history and conversations.")
    note("- Passwords and API tokens work as before, revoked ones too if that was after the backup.")
    note("- On the page everybody signs in again.")


def _settings() -> ControlSettings:
    from pydantic import ValidationError

    from control_api.kit.sentences import setting
    from control_api.settings import load_settings

    try:
        return load_settings()
    except ValidationError as error:
        lines = [setting(each) for each in error.errors(include_input=False)]
        raise CommandError("A setting is not valid.", details=lines) from None


@contextmanager
def _explained() -> Iterator[None]:
    import sqlite3

    import psycopg
    from sqlalchemy.exc import SQLAlchemyError

    from control_api.backup.errors import BackupError
    from gitops.errors import FleetError

    try:
        yield
    except BackupError as error:
        raise CommandError(str(error), hint=error.hint) from error
    except FleetError as error:
        raise CommandError(str(error), hint="`botyard doctor` checks the fleet.") from error
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error) as error:
        # Of a statement's error only the cause: its rows hold what people wrote.
        cause = getattr(error, "orig", None) or error
        raise CommandError(f"A database can't be used: {cause}") from None
    except OSError as error:
        raise CommandError(f"{error.filename or 'A file'}: {error.strerror or error}.") from error


def _tell(as_json: bool) -> Callable[[str], None]:
    return (lambda _: None) if as_json else note


def _named(counts: Mapping[str, int]) -> dict[str, Any]:
    return {name.replace(" ", "_"): counts.get(key, 0) for key, name in _NAMES.items()}


def _show(counts: Mapping[str, int]) -> None:
    shown = [f"{counts[key]:,} {name}" for key, name in _NAMES.items() if counts.get(key)]
    typer.echo(f"  {', '.join(shown)}")
