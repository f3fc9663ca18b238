"""Takes a backup of a Botyard, running or not.

The order makes the copies fit together. What moves from one place to another is copied at its source first,
so that it is found in one of the two: a message goes from the inbox to its bot's ledger, a report from the
inbox to the database, an operation from the database to the fleet. Each knows what it has seen already.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from control_api.backup import control, memory
from control_api.backup.envelope import sealed
from control_api.backup.errors import BackupError
from control_api.backup.manifest import NAME, Manifest
from control_api.backup.parts import Writer
from control_api.settings import ControlSettings
from gitops import bundle

Tell = Callable[[str], None]
Counts = Counter[str]


def take(settings: ControlSettings, file: Path, passphrase: str, tell: Tell) -> Counts:
    """Write the backup; what is in it, by name. `tell` gets a line a stage. Raises BackupError."""
    check(settings)
    with sealed(file, passphrase) as stream:
        writer = Writer(stream)
        counts: Counts = Counter()
        tell("Messages and conversations …")
        _memory(settings, writer, counts)
        tell("Users, operations, usage …")
        with control.snapshot(settings.database, lambda: bundle.refs(settings.places.fleet)) as (base, tips):
            writer.file(NAME, Manifest.now(settings, control.revision(base)).written())
            for table, row in control.rows(base):
                writer.row("control", {"table": table, "row": row})
                counts[table] += 1
        tell("The fleet and its history …")
        with writer.stream("fleet") as into:
            bundle.write(settings.places.fleet, tips, into)
        _keys(settings, writer)
        writer.finish()
    return counts


def check(settings: ControlSettings) -> None:
    """There is a Botyard, and its files stay its own. Raises BackupError."""
    home = settings.places
    if not (home.fleet.is_dir() and home.age_key.is_file()):
        raise BackupError(
            f"There is no Botyard in {home.root}.", "Set BOTYARD_HOME to the folder of the one to back up."
        )
    if home.root.stat().st_uid != os.getuid():
        # Even reading a database leaves files beside it, which its own user could not open then.
        raise BackupError(f"{home.root} belongs to another user.", "Run this as the user who runs Botyard.")
    if control.is_empty(settings.database):
        raise BackupError(
            "The database is empty.",
            "Set BOTYARD_DATABASE_URL as it is for `botyard up`, and start Botyard once.",
        )


def _memory(settings: ControlSettings, writer: Writer, counts: Counts) -> None:
    for row in memory.inbox_rows(settings):
        writer.row("inbox", row)
        counts["waiting"] += row["table"] == "mail" and row["row"]["closed_at"] is None
    for row in memory.ledger_rows(settings):
        writer.row("ledgers", row)
        counts[str(row["table"])] += 1


def _keys(settings: ControlSettings, writer: Writer) -> None:
    home = settings.places
    for path in sorted(home.age_key.parent.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            writer.file(f"keys/{path.name}", path.read_bytes())
    if home.credentials.is_file():
        writer.file(f"home/{home.credentials.name}", home.credentials.read_bytes())
