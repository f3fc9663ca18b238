"""Restores a backup: all of it is decrypted and checked first, then built beside the home, then moved in."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.util import CommandError as UnknownRevisionError

from agent_runtime.home import Home
from control_api.backup import control, memory, target
from control_api.backup.envelope import Opened
from control_api.backup.errors import BackupError
from control_api.backup.manifest import NAME, Manifest
from control_api.backup.parts import Unpacked, unpack
from control_api.backup.take import Counts, Tell
from control_api.settings import ControlSettings
from gitops import bundle
from gitops.errors import GitError
from gitops.local.desired import touched
from gitops.local.engine import BRANCHES
from gitops.objects import Objects


def restore(settings: ControlSettings, opened: Opened, tell: Tell) -> tuple[Manifest, Counts]:
    """Fill the home; what came back, by name. On an error nothing has changed. Raises BackupError."""
    with target.filling(settings) as room:
        tell("Decrypting and checking …")
        opened.read(lambda stream: unpack(stream, room / "parts"))
        parts = Unpacked(room / "parts")
        manifest = Manifest.read(parts.file(NAME))
        home = Home.at(room / "home")
        home.root.mkdir(mode=0o700)
        tell("The fleet and its history …")
        bots = _fleet(parts, home, room)
        _keys(parts, home)
        tell("Messages and conversations …")
        counts: Counts = Counter()
        mail, ledgers = (_counted(parts, part, counts) for part in ("inbox", "ledgers"))
        with memory.writing(settings, home, mail, ledgers, bots):
            tell("Users, operations, usage …")
            _control(parts, home, settings, manifest, counts)
        os.sync()
    return manifest, counts


def _fleet(parts: Unpacked, home: Home, room: Path) -> frozenset[str]:
    """The repository, and which bots this machine runs by it."""
    whole = room / "fleet.bundle"
    with whole.open("xb") as into:
        for piece in parts.pieces("fleet"):
            with piece.open("rb") as source:
                shutil.copyfileobj(source, into)
    try:
        bundle.unpack(whole, home.fleet)
        return asyncio.run(_deployed(home.fleet))
    except GitError as error:
        raise BackupError(f"The fleet in the backup is not whole: {error}") from error


async def _deployed(fleet: Path) -> frozenset[str]:
    objects = Objects(fleet)
    try:
        tips = await objects.branches(BRANCHES)
        found = [touched(await objects.changes(None, tip)) for tip in tips.values()]
        return frozenset(str(bot) for bots in found for bot in bots)
    finally:
        await objects.aclose()


def _keys(parts: Unpacked, home: Home) -> None:
    home.age_key.parent.mkdir(mode=0o700)
    for folder, files in ((home.age_key.parent, parts.pieces("keys")), (home.root, parts.pieces("home"))):
        for source in files:
            path = folder / source.name
            path.touch(mode=0o600)
            path.write_bytes(source.read_bytes())


def _counted(parts: Unpacked, part: str, counts: Counts) -> Iterator[dict[str, Any]]:
    for row in parts.rows(part):
        counts[row["table"]] += 1
        counts["waiting"] += row["table"] == "mail" and row["row"]["closed_at"] is None
        yield row


def _control(
    parts: Unpacked, home: Home, settings: ControlSettings, manifest: Manifest, counts: Counts
) -> None:
    url = settings.database_url
    if not url:
        home.control_database.touch(mode=0o600)
        url = f"sqlite:///{home.control_database}"
    rows = ((row["table"], row["row"]) for row in _counted(parts, "control", counts))
    try:
        control.write(url, manifest.schema, rows)
    except UnknownRevisionError as error:
        raise BackupError(
            f"The backup is of Botyard {manifest.botyard}, whose database this one does not know.",
            "Restore it with that version, or upgrade this one.",
        ) from error
