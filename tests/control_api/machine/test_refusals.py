"""`botyard up` refuses what can't work or isn't safe, says what to do, and starts nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_runtime.home import Home
from agent_runtime.store.open import inbox_is_served
from agent_runtime.store.postgres import PostgresInbox
from agent_runtime.supervisor import HomeLock
from control_api.leader.alone import alone
from control_api.machine.guards import RefusedStartError, check_address, make_home, why_taken
from control_api.settings import ControlSettings
from tests.journeys.installation import free_port
from tests.journeys.processes import eventually

TOKEN = "byt_" + "Az09_-Qw" * 4


def up(home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")}
    return subprocess.run(
        [sys.executable, "-m", "control_api.cli", "up"],
        env={**clean, "BOTYARD_HOME": str(home), **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def settings(home: Path, **more: object) -> ControlSettings:
    return ControlSettings(home=home, **more)  # type: ignore[arg-type]  # pydantic reads them


def test_a_taken_port_is_named_with_a_free_choice(tmp_path: Path, taken: int) -> None:
    done = up(tmp_path / "home", BOTYARD_PORT=str(taken))
    assert done.returncode == 1
    assert f"port {taken} on 127.0.0.1 is taken by another program" in done.stderr
    assert f"BOTYARD_PORT={taken + 1}" in done.stderr
    assert not (tmp_path / "home" / "fleet.git").exists()


@pytest.mark.parametrize("url", ["ext::sh -c 'touch MARKER'", "https://me:s3cret@git.example/fleet.git"])
def test_a_hostile_or_telling_remote_is_refused(tmp_path: Path, url: str) -> None:
    marker = tmp_path / "marker"
    done = up(tmp_path / "home", BOTYARD_FLEET_REMOTE=url.replace("MARKER", str(marker)))
    assert done.returncode == 1
    assert "BOTYARD_FLEET_REMOTE" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    assert not marker.exists()
    assert not (tmp_path / "home").exists()


def test_a_remote_that_is_away_at_the_very_first_start_is_named(tmp_path: Path) -> None:
    done = up(tmp_path / "home", BOTYARD_FLEET_REMOTE=f"file://{tmp_path}/none.git")
    assert done.returncode == 1
    assert "the fleet's remote can't be used" in done.stderr
    assert "botyard doctor" in done.stderr
    assert not (tmp_path / "home" / "fleet.git").exists()


def test_a_setting_that_is_not_valid_is_named(tmp_path: Path) -> None:
    done = up(
        tmp_path / "home", BOTYARD_BOOTSTRAP_TOKEN="byt_changeme-changeme-changeme", BOTYARD_PORT="http"
    )
    assert done.returncode == 1
    assert "BOTYARD_BOOTSTRAP_TOKEN" in done.stderr
    assert "BOTYARD_PORT" in done.stderr
    assert "changeme" not in done.stderr


def test_a_second_botyard_in_one_home_is_refused(tmp_path: Path) -> None:
    with HomeLock(Home.at(tmp_path)):
        done = up(tmp_path)
    assert done.returncode == 1
    assert f"process {os.getpid()}" in done.stderr
    assert "BOTYARD_HOME" in done.stderr


def test_a_second_botyard_on_one_postgres_is_refused(tmp_path: Path, postgres_url: str) -> None:
    async def beside_the_first() -> subprocess.CompletedProcess[str]:
        inbox = PostgresInbox(postgres_url)
        try:
            await inbox.bots()
            return await asyncio.to_thread(
                up, tmp_path / "second", BOTYARD_DATABASE_URL=postgres_url, BOTYARD_PORT=str(free_port())
            )
        finally:
            await inbox.aclose()

    done = asyncio.run(beside_the_first())
    assert done.returncode == 1
    assert "another `botyard up` runs its bots on this database" in done.stderr
    assert "BOTYARD_DATABASE_URL" in done.stderr
    assert not (tmp_path / "second" / "fleet.git").exists()
    eventually("the first one's end frees it", lambda: not inbox_is_served(postgres_url))


def test_a_second_botyard_on_one_file_is_refused(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/shared.db"

    async def beside_the_first() -> subprocess.CompletedProcess[str]:
        async with alone(settings(tmp_path / "first", database_url=url)):
            return await asyncio.to_thread(
                up, tmp_path / "second", BOTYARD_DATABASE_URL=url, BOTYARD_PORT=str(free_port())
            )

    done = asyncio.run(beside_the_first())
    assert done.returncode == 1
    assert "another control API holds" in done.stderr
    assert not (tmp_path / "second" / "fleet.git").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
async def test_an_open_address_needs_an_operator_first(tmp_path: Path, host: str) -> None:
    with pytest.raises(RefusedStartError, match="BOTYARD_BOOTSTRAP_TOKEN"):
        await check_address(settings(tmp_path, host=host))


async def test_an_open_address_is_allowed_to_an_operator(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    await check_address(settings(tmp_path, host="0.0.0.0", port=port, bootstrap_token=TOKEN))
    Home.at(tmp_path).credentials.write_text("{}")
    await check_address(settings(tmp_path, host="0.0.0.0", port=port))


def test_an_address_of_another_machine_is_refused() -> None:
    assert "BOTYARD_HOST" in (why_taken("192.0.2.1", 8080) or "")


def test_the_home_is_for_its_owner_alone(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        home = Home.at(tmp_path / "home")
        home.root.mkdir(mode=0o755)
        make_home(home)
        assert [stat.S_IMODE(path.stat().st_mode) for path in (home.root, home.run, home.logs)] == [0o700] * 3
    finally:
        os.umask(umask)
