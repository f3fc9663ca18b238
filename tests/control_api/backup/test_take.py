"""Taking a backup: of what fits together, into a file that appears whole or not at all."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from control_api.backup import control
from control_api.backup.envelope import Sealed, sealed
from control_api.backup.errors import BackupError
from control_api.backup.restore import restore
from control_api.backup.take import take
from gitops import bundle
from tests.control_api.backup.conftest import PASSPHRASE, Kept
from tests.control_api.backup.test_restore import botyard, quiet
from tests.control_api.databases import BOTH
from tests.control_api.service import Service, running, settings_in

# Where the home is on Postgres, what is restored of it is on SQLite.
DATABASES = BOTH


def test_nothing_is_replaced_without_force(kept: Kept, tmp_path: Path) -> None:
    file = tmp_path / "there"
    file.write_text("mine")
    code, _, err = botyard(kept.home, "backup", str(file))
    assert (code, file.read_text()) == (1, "mine")
    assert "--force" in err
    code, out, _ = botyard(kept.home, "backup", str(file), "--force", "--json")
    assert code == 0
    said = json.loads(out)
    assert (said["bots"], said["users"], said["bytes"]) == (1, 2, file.stat().st_size)
    assert os.listdir(tmp_path) == ["there"]


def test_a_short_passphrase_or_none_is_refused(kept: Kept, tmp_path: Path) -> None:
    for text, said in (("short\n", "at least 10 characters"), ("", "There is no passphrase")):
        code, _, err = botyard(kept.home, "backup", str(tmp_path / "file"), text=text)
        assert code == 1
        assert said in err
    assert os.listdir(tmp_path) == []


def test_where_there_is_no_botyard_nothing_is_asked(tmp_path: Path) -> None:
    code, _, err = botyard(tmp_path / "nobody", "backup", str(tmp_path / "file"), text="")
    assert code == 1
    assert f"There is no Botyard in {tmp_path / 'nobody'}" in err
    assert os.listdir(tmp_path) == []


@pytest.fixture
def unsealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the second of work that a passphrase costs, once to encrypt the key and once to decrypt it."""
    for work in ("encrypt", "decrypt"):
        monkeypatch.setattr(f"control_api.backup.envelope.pyrage.passphrase.{work}", lambda key, _: key)


def _write(file: Path, work: Callable[[IO[bytes]], object]) -> None:
    with sealed(file, PASSPHRASE) as stream:
        work(stream)


@pytest.mark.usefixtures("unsealed")
def test_a_failure_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _write(tmp_path / "file", lambda stream: stream.write(bytes(1 // 0)))
    assert os.listdir(tmp_path) == []


@pytest.mark.usefixtures("unsealed")
def test_a_full_disk_is_told_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(reader: object, *_: object) -> None:
        reader.read(1)  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("control_api.backup.envelope.pyrage.encrypt_io", full)
    with pytest.raises(BackupError, match="No space left"):
        _write(tmp_path / "file", lambda stream: stream.write(bytes(64 << 20)))
    assert os.listdir(tmp_path) == []


@pytest.mark.long
async def test_database_and_fleet_are_of_one_moment_while_changes_come_in(service: Service) -> None:
    """What the database has settled is in the fleet; what the fleet has is settled or was announced."""
    settings, stop = service.settings, asyncio.Event()

    async def change(name: str) -> None:
        for number in range(1000):
            if stop.is_set():
                return
            patch = {"spec": {"description": str(number)}}
            await service.http.patch(f"/bots/admin.{name}", json=patch)

    names = ["a", "b", "c", "d"]
    await asyncio.gather(*(service.deploy(name) for name in names))
    changing = [asyncio.create_task(change(name)) for name in names]
    seen: set[str] = set()
    while len(seen) < 5:
        seen.add(await asyncio.to_thread(_checked_moment, settings.database, settings.places.fleet))
    stop.set()
    await asyncio.gather(*changing)


def _checked_moment(url: str, fleet: Path) -> str:
    with control.snapshot(url, lambda: bundle.refs(fleet)) as (connection, tips):
        rows = [dict(row) for table, row in control.rows(connection) if table == "operation"]
    main = tips["refs/heads/main"]
    log = ["git", "-C", str(fleet), "log", "--format=%H %(trailers:key=Operation,valueonly,separator=)", main]
    told = subprocess.run(log, capture_output=True, text=True, check=True).stdout
    commits = {
        operation: commit for commit, _, operation in (line.partition(" ") for line in told.splitlines())
    }
    for row in rows:
        if row["settled"] and row["commit"]:
            assert row["commit"] in commits.values()
        elif row["id"] in commits:
            assert commits[row["id"]] in (row["prepared"] or "")
    assert {operation for operation in commits if operation} <= {row["id"] for row in rows}
    return main


@pytest.mark.usefixtures("unsealed")
async def test_what_was_accepted_before_the_backup_is_done_after_the_restore(
    home: Path, tmp_path: Path
) -> None:
    async with running(home) as service:
        answers = await asyncio.gather(*(service.deploy(f"b{n}", wait=0) for n in range(8)))
        accepted = {answer.json()["bot"]["id"] for answer in answers}
        await asyncio.to_thread(take, service.settings, tmp_path / "file", PASSPHRASE, quiet)
    restored = tmp_path / "restored"
    await asyncio.to_thread(restore, settings_in(restored), Sealed(tmp_path / "file").open(PASSPHRASE), quiet)
    async with running(restored) as service:
        for _ in range(400):
            operations = (await service.http.get("/operations", params={"limit": 100})).json()["items"]
            if all(each["state"] in {"succeeded", "failed"} for each in operations):
                break
            await asyncio.sleep(0.05)
        assert {each["bot"] for each in operations if each["state"] == "succeeded"} == accepted
        bots = (await service.http.get("/bots", params={"limit": 100})).json()["items"]
        assert {each["id"] for each in bots if each["version"]} == accepted
