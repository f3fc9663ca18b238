"""What `botyard doctor` finds and advises."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from agent_runtime.home import Home
from agent_runtime.supervisor import HomeLock
from control_api import fleet
from control_api.machine import checks as checks_module
from control_api.machine.checks import FAILED, OK, WARNING, Check, checks, machine_checks
from control_api.settings import ControlSettings

NOBODY = 2**30  # more than any process has


@pytest.fixture
def settings(tmp_path: Path) -> ControlSettings:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    return ControlSettings(home=tmp_path / "home", port=port)


def looked(settings: ControlSettings) -> dict[str, Check]:
    return {check.name: check for check in checks(settings)}


def test_a_machine_that_is_set_up_has_no_fault(settings: ControlSettings) -> None:
    found = looked(settings)
    assert [name for name, check in found.items() if check.state == FAILED] == []
    assert {found[name].state for name in ("python", "git", "sops", "envoy", "model", "home", "port")} == {OK}
    assert found["parts"] == Check(
        "parts", WARNING, "Botyard is not running", "start it with `make up` or `botyard up`"
    )


def test_an_open_home_and_an_open_key_are_faults(settings: ControlSettings) -> None:
    home = settings.places
    home.age_key.parent.mkdir(parents=True)
    home.age_key.write_text("")
    home.age_key.chmod(0o644)
    home.root.chmod(0o755)
    found = looked(settings)
    assert found["home"].next_step == f"chmod 700 {home.root}"
    assert found["keys"].next_step == f"chmod 600 {home.age_key}"


def test_a_lost_key_is_a_fault(settings: ControlSettings) -> None:
    settings.places.fleet.mkdir(parents=True)
    assert looked(settings)["keys"].state == FAILED


def test_a_cluster_is_not_looked_at_as_one_machine(
    settings: ControlSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_cluster = ControlSettings(
        home=settings.home, engine="kubernetes", database_url="postgresql+psycopg://postgres/botyard"
    )
    home = on_a_cluster.places
    home.fleet.mkdir(parents=True)
    home.root.chmod(0o2775)
    monkeypatch.setattr(checks_module, "envoy_binary", lambda: Path("/nonexistent/envoy"))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    found = {check.name: check for check in machine_checks(on_a_cluster)}
    assert {"python", "git", "sops", "disk", "clock"} <= found.keys()
    assert [name for name, check in found.items() if check.state == FAILED] == []
    here = {check.name for check in machine_checks(settings) if check.state == FAILED}
    assert here == {"envoy", "model", "home", "keys"}


def test_a_full_disk_is_a_fault(settings: ControlSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks_module, "_TOO_LITTLE", 2**63)
    assert looked(settings)["disk"].state == FAILED


def test_a_clock_that_is_behind_is_a_fault(settings: ControlSettings) -> None:
    head = settings.places.fleet / "HEAD"
    head.parent.mkdir(parents=True)
    head.touch()
    os.utime(head, (2**32, 2**32))
    assert looked(settings)["clock"].state == FAILED


def test_a_remote_is_asked(settings: ControlSettings, tmp_path: Path) -> None:
    assert "remote" not in looked(settings)
    there = tmp_path / "there.git"
    remote = ControlSettings(home=settings.home, port=settings.port, fleet_remote=f"file://{there}")
    gone = looked(remote)["remote"]
    assert gone.state == FAILED
    assert "git ls-remote" in (gone.next_step or "")
    subprocess.run(["git", "init", "-q", "--bare", str(there)], check=True)
    assert "empty" in looked(remote)["remote"].detail
    asyncio.run(fleet.prepare(remote))
    record = fleet.remote_record(remote)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps({"reason": None, "fetched_at": 0, "pushed_at": None}))
    found = looked(remote)["remote"]
    assert found.state == OK
    assert "main at " in found.detail
    assert "last fetched 1970-01-01T00:00:00Z, last pushed not yet" in found.detail


def test_a_taken_port_is_a_fault(settings: ControlSettings) -> None:
    with socket.create_server(("127.0.0.1", settings.port)):
        found = looked(settings)["port"]
    assert found.state == FAILED
    assert "BOTYARD_PORT=" in (found.next_step or "")


def test_a_part_that_waits_is_a_fault_with_its_log(settings: ControlSettings) -> None:
    home = Home.at(settings.home)
    home.run.mkdir(parents=True)
    record = {
        "hive": {"state": "waiting", "pid": None, "restarts": 7, "reason": "ended with code 1"},
        "engine": {"state": "ready", "pid": NOBODY, "restarts": 2, "reason": None},
    }
    with HomeLock(home):
        (home.run / "parts.json").write_text(json.dumps(record))
        found = looked(settings)
    assert found["hive"] == Check("hive", FAILED, "waiting: ended with code 1", f"read {home.logs}/hive.log")
    assert found["engine"].detail == f"process {NOBODY}, restarted 2 times after a crash"
    assert found["port"].state == FAILED, "it runs, and nobody answers"


def test_the_command_says_it_as_json_and_by_its_exit_code(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")}
    done = subprocess.run(
        [sys.executable, "-m", "control_api.cli", "doctor", "--json"],
        env={**clean, "BOTYARD_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    by_name = {check["name"]: check for check in json.loads(done.stdout)}
    assert by_name["home"]["state"] == "failed"
    assert by_name["home"]["next_step"] == f"chmod 700 {tmp_path}"
