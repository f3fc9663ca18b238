"""Writes one revision of a bot where the hive reads it: whole or not at all, and nowhere else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from agent_runtime.home import Home
from gitops.local.desired import Desired


class OutsideError(Exception):
    """The bot's folder leads out of the home; the message names it. Nothing was written."""


def materialise(home: Home, desired: Desired) -> Path:
    """The complete folder of the revision, made unless it is there already."""
    assert desired.revision is not None
    final = home.revision(str(desired.bot), desired.revision)
    _check_inside(home, final.parent)
    if final.is_dir():
        return final  # it came to be by one rename, so it is complete
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = final.with_name(f".{final.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _write(fresh / "bot.yaml", desired.bot_file)
    (fresh / "secrets").mkdir(mode=0o700)
    for name, sealed in desired.secrets.items():
        _write(fresh / "secrets" / f"{name}.sops.yaml", sealed)
    _sync_folder(fresh / "secrets")
    _sync_folder(fresh)
    fresh.rename(final)
    _sync_folder(final.parent)
    return final


def remove_others(home: Home, bot: str, revision: str) -> None:
    """Remove every revision of the bot but this one, and what an interrupted writing left."""
    revisions = home.revision(bot, revision).parent
    _check_inside(home, revisions)
    for folder in revisions.iterdir() if revisions.is_dir() else ():
        if folder.name != revision:
            shutil.rmtree(folder, ignore_errors=True)


def _check_inside(home: Home, folder: Path) -> None:
    root = home.bots.resolve()
    if not folder.resolve().is_relative_to(root):
        raise OutsideError(f"{folder} leads out of {root}: remove the link, and the bot is applied")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
