"""Where a backup is restored to: an empty home that nobody uses, filled whole or not at all.

What is restored is made in the folder `restoring` of the home and moved in place when it is complete. As long
as that folder is there, `botyard up` does not start, and the next restore begins anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_runtime.home import Home
from agent_runtime.supervisor import HomeInUseError, HomeLock
from control_api.backup import control
from control_api.backup.errors import BackupError
from control_api.settings import ControlSettings

_LOCK = "lock"
_SHOWN = 5


def check(settings: ControlSettings) -> None:
    """Nothing there would be lost. Raises BackupError; changes nothing."""
    root = settings.places.root
    if root.exists() and not root.is_dir():
        raise BackupError(f"{root} is no folder.", "Set BOTYARD_HOME to an empty folder.")
    if found := _foreign(settings.places):
        shown = ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
        raise BackupError(
            f"{root} is not empty ({shown}), and a restore replaces nothing.",
            "Set BOTYARD_HOME to an empty folder; or stop the Botyard there and move its folder away.",
        )
    if settings.database_url and not control.is_empty(settings.database):
        raise BackupError(
            "The database of BOTYARD_DATABASE_URL is in use by a Botyard, and a restore replaces nothing.",
            "Give it an empty database.",
        )


@contextmanager
def filling(settings: ControlSettings) -> Iterator[Path]:
    """A folder `home` to fill, with room beside it. At the end of the block it becomes the home.

    On an error all is as it was. Raises BackupError where the home is in use.
    """
    check(settings)
    home = settings.places
    fresh = not home.root.exists()
    try:
        with HomeLock(home):
            check(settings)
            try:
                _clear(home)
                home.restoring.mkdir(mode=0o700)
                yield home.restoring
                _move(home)
            except BaseException:
                _clear(home)
                if fresh:
                    shutil.rmtree(home.root)
                raise
            shutil.rmtree(home.restoring)
    except HomeInUseError as error:
        raise BackupError(f"{home.root} is in use: {error}.") from error


def _move(home: Home) -> None:
    for path in (home.restoring / "home").iterdir():
        path.rename(home.root / path.name)
    os.sync()


def _foreign(home: Home) -> list[str]:
    """What is there and not from a restore that was cut short."""
    names = set(os.listdir(home.root)) if home.root.is_dir() else set()
    return sorted(names - {_LOCK} - (_ours(home) if home.restoring.exists() else set()), key=_hidden_last)


def _hidden_last(name: str) -> tuple[bool, str]:
    return name.startswith("."), name


def _ours(home: Home) -> set[str]:
    places = (home.fleet, home.control_database, home.age_key.parent, home.bots.parent, home.credentials)
    return {place.name for place in (*places, home.restoring)}


def _clear(home: Home) -> None:
    """Remove what a restore that was cut short had put in place."""
    if not home.restoring.exists():
        return
    for name in _ours(home) - {home.restoring.name}:
        path = home.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    shutil.rmtree(home.restoring)
