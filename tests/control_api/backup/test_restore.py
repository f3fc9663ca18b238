"""What a restore brings back, and what it refuses, changing nothing then."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent_runtime.home import Home
from agent_runtime.supervisor import HomeLock
from control_api.backup import target
from control_api.backup.errors import BackupError, DamagedError
from control_api.backup.restore import restore
from control_api.cli import app
from control_api.machine.guards import RefusedStartError, make_home
from tests.control_api.backup.conftest import PASSPHRASE, Kept
from tests.control_api.databases import BOTH, POSTGRES, SQLITE, use_database
from tests.control_api.service import running, settings_in
from tests.postgres import Postgres


def quiet(_: str) -> None: ...


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def botyard(home: Path, *arguments: str, text: str = f"{PASSPHRASE}\n") -> tuple[int, str, str]:
    """The command line; exit code, standard output and error."""
    environment = {"BOTYARD_HOME": str(home), "BOTYARD_DATABASE_URL": ""}
    done = CliRunner().invoke(app, arguments, input=text, env=environment)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("database", BOTH)
async def test_bots_users_passwords_tokens_and_operations_come_back(
    kept: Kept, tmp_path: Path, database: str, postgres: Postgres
) -> None:
    """From files to files, and from files to Postgres."""
    home = tmp_path / "new"
    if database == POSTGRES:
        use_database(home, postgres.create())
    await asyncio.to_thread(restore, settings_in(home), kept.opened, quiet)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert not (home / "restoring").exists()
    private = [home / "keys" / "age.key", home / "keys" / "requests.key"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 2
    assert (home / "control.db").exists() == (home / "hive").exists() == (database == SQLITE)
    async with running(home) as service:
        told = {path: (await service.http.get(path)).json() for path in kept.answers}
        assert told == kept.answers
        assert (await service.client(kept.token).get("/me")).status_code == 200
        ann = {"name": "ann", "password": PASSPHRASE}
        assert (await service.client().post("/sign-in", json=ann)).status_code == 200
        change = {"spec": {"description": "It goes on"}}
        assert (await service.write("PATCH", "/bots/admin.support", json=change)).status_code == 200


def test_a_wrong_passphrase_is_one_sentence_and_changes_nothing(kept: Kept, tmp_path: Path) -> None:
    code, out, err = botyard(tmp_path / "new", "restore", str(kept.file), text="another one, with words\n")
    assert (code, out) == (1, "")
    assert err == (
        "Error: The passphrase is not the one of this backup (or the key in the file was altered).\n"
    )
    assert not (tmp_path / "new").exists()


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _cut_a_little(content: bytes) -> bytes:
    return content[:-2048]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("spoil", [_cut, _cut_a_little, _flipped])
def test_a_file_that_is_cut_or_altered_is_refused(
    copied: Kept, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    copied.file.write_bytes(spoil(copied.file.read_bytes()))
    with pytest.raises(DamagedError, match="cut short or altered"):
        restore(settings_in(tmp_path / "new"), copied.opened, quiet)
    assert not (tmp_path / "new").exists()


def _of_format(number: int) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        about = {"kind": "botyard backup", "format": number}
        for name, content in (("backup.json", json.dumps(about).encode()), ("identity.age", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_of_format(2), "has the format 2, and this Botyard knows 1"),
        (b"", "is no backup of Botyard"),
        (b"something else" * 100, "is no backup of Botyard"),
    ],
)
def test_another_file_or_format_is_refused_before_the_passphrase(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "other.backup"
    file.write_bytes(content)
    code, _, err = botyard(tmp_path / "new", "restore", str(file), text="")
    assert code == 1
    assert said in err
    assert not (tmp_path / "new").exists()


def test_a_home_that_is_not_empty_or_in_use_is_left_alone(kept: Kept, tmp_path: Path) -> None:
    before = contents(kept.home)
    code, _, err = botyard(kept.home, "restore", str(kept.file))
    assert code == 1
    assert "is not empty (control.db, " in err
    assert "move its folder away" in err
    with HomeLock(Home.at(tmp_path / "used")):
        with pytest.raises(BackupError, match=f"is running in {tmp_path / 'used'}"):
            restore(settings_in(tmp_path / "used"), kept.opened, quiet)
        assert os.listdir(tmp_path / "used") == ["lock"]
    assert contents(kept.home) == before


def test_a_restore_that_was_cut_short_is_begun_anew(kept: Kept, tmp_path: Path) -> None:
    home = Home.at(tmp_path / "new")
    for folder in (home.restoring / "parts", home.fleet, home.age_key.parent):
        folder.mkdir(parents=True)
    with pytest.raises(RefusedStartError, match="run `botyard restore` again"):
        make_home(home)
    settings = settings_in(home.root)
    (home.root / "mine.txt").touch()
    with pytest.raises(BackupError, match=r"not empty \(mine.txt\)"):
        target.check(settings)
    (home.root / "mine.txt").unlink()
    restore(settings, kept.opened, quiet)
    make_home(home)
    assert home.control_database.exists()


def test_an_error_half_way_leaves_nothing(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("control_api.backup.control.write", full)
    (tmp_path / "there").mkdir()
    for home in (tmp_path / "new", tmp_path / "there"):
        with pytest.raises(OSError, match="No space left"):
            restore(settings_in(home), kept.opened, quiet)
    assert not (tmp_path / "new").exists()
    assert os.listdir(tmp_path / "there") == ["lock"]


def test_settings_that_differ_are_told(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTYARD_PUBLIC_URL", "https://elsewhere.example")
    (tmp_path / "words").write_text(f"{PASSPHRASE}\n")
    code, _, err = botyard(
        tmp_path / "new", "restore", str(kept.file), "--passphrase-file", str(tmp_path / "words"), text=""
    )
    assert code == 0, err
    assert "BOTYARD_PUBLIC_URL=\n" in err
    assert "Stop the old Botyard" in err


def test_a_database_in_use_is_left_alone_and_a_failure_empties_it(
    kept: Kept, tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "new"
    use_database(home, postgres.create())
    settings = settings_in(home)
    with monkeypatch.context() as patch:
        patch.setattr("control_api.backup.control._continue_numbers", _fails)
        with pytest.raises(ZeroDivisionError):
            restore(settings, kept.opened, quiet)
    assert not home.exists()
    target.check(settings)
    restore(settings, kept.opened, quiet)
    use_database(tmp_path / "another", settings.database_url)
    with pytest.raises(BackupError, match="is in use by a Botyard"):
        restore(settings_in(tmp_path / "another"), kept.opened, quiet)
    assert not (tmp_path / "another").exists()


def _fails(*_: object) -> None:
    raise ZeroDivisionError
