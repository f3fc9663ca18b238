"""A home that has lived, one backup of it for all tests, and the command line on another home."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from control_api.backup.envelope import Opened, Sealed
from control_api.backup.take import take
from tests.control_api.service import copy_home, running, settings_in

PASSPHRASE = "seven lamps among stones"
PATHS = ("/bots/admin.support", "/bots/admin.support/history", "/operations", "/users", "/usage")


@dataclass(frozen=True)
class Kept:
    """A home, a backup of it, and the backup opened: its key costs a second of work each time.

    `answers` is what the API said before, by path, and `token` one that somebody had made.
    """

    home: Path
    file: Path
    opened: Opened
    token: str
    answers: dict[str, Any]


@pytest.fixture(scope="session")
def kept(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("kept")
    home = copy_home(prepared, folder / "home")

    async def live() -> tuple[str, dict[str, Any]]:
        async with running(home) as service:
            await service.deploy("support")
            await service.write("PATCH", "/bots/admin.support", json={"spec": {"description": "More"}})
            await service.http.post("/users", json={"name": "ann", "password": PASSPHRASE})
            answers = {path: (await service.http.get(path)).json() for path in PATHS}
            return await service.token_of(await service.sign_in(), "bots:read", "admin"), answers

    token, answers = asyncio.run(live())
    file = folder / "botyard.backup"
    take(settings_in(home), file, PASSPHRASE, lambda _: None)
    return Kept(home, file, Sealed(file).open(PASSPHRASE), token, answers)


@pytest.fixture
def copied(kept: Kept, tmp_path: Path) -> Kept:
    """One's own copy of the file, to spoil."""
    file = tmp_path / "copy.backup"
    shutil.copy(kept.file, file)
    return replace(kept, file=file, opened=Opened(file, kept.opened.identity))
