"""The images of `Dockerfile`: what they are told to run, as whom, and that all they need is in them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agent_runtime.spec import runtime_file
from tests.cluster.images import image
from tests.journeys.processes import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

_USER = "10001:10001"
_MEBIBYTE = 1024 * 1024
_SHARED = {"PATH", "PYTHONUNBUFFERED", "BOTYARD_HOME"}


@dataclass(frozen=True)
class Unpacked:
    """An image's files, and how it says that it is run."""

    folder: Path
    config: dict[str, Any]
    packed: int

    @contextmanager
    def running(
        self, command: Sequence[str], log: Path, **environment: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process of it without rights, that sees nothing of the machine but the network."""
        inside = ["chroot", f"--userspec={_USER}", str(self.folder), "/usr/bin/env", "-i"]
        told = {"PATH": "/opt/botyard/bin:/usr/bin", "BOTYARD_HOME": "/var/lib/botyard", **environment}
        variables = [f"{name}={value}" for name, value in told.items()]
        with log.open("wb") as lines:
            process = subprocess.Popen([*inside, *variables, *command], stdout=lines, stderr=lines)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(30)

    def done(self, command: Sequence[str], log: Path, **environment: str) -> str:
        """What a command that must succeed writes."""
        with self.running(command, log, **environment) as process:
            assert process.wait(60) == 0, log.read_text()
        return log.read_text()


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return _unpacked(image("runtime"), tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def control_api(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return _unpacked(image("control-api"), tmp_path_factory.mktemp("control-api"))


def test_they_are_small_and_run_as_a_user_without_rights(runtime: Unpacked, control_api: Unpacked) -> None:
    for unpacked, command, most in (
        (runtime, ["python", "-m", "agent_runtime.pod"], 100),
        (control_api, ["python", "-m", "control_api"], 200),
    ):
        assert unpacked.config["User"] == _USER
        assert unpacked.config["Cmd"] == command
        # Nothing of the machine that built it.
        assert {each.partition("=")[0] for each in unpacked.config["Env"]} == _SHARED
        assert unpacked.packed < most * _MEBIBYTE


def test_a_pod_of_it_is_ready_with_nothing_else_there(runtime: Unpacked, tmp_path: Path) -> None:
    model = {"provider": "openai-compatible", "name": "m", "base_url": "http://192.0.2.1/v1"}
    told = runtime.folder / "etc" / "botyard" / "bot.yaml"
    told.parent.mkdir(parents=True)
    told.write_bytes(runtime_file({"version": 1, "name": "b", "instructions": "Answer.", "model": model}))
    environment, log = {"BOTYARD_BOT": "a.b", "BOTYARD_LISTEN": "127.0.0.1:0"}, tmp_path / "pod.log"
    with runtime.running(["python", "-B", "-m", "agent_runtime.pod"], log, **environment) as pod:
        eventually("the pod is ready", lambda: "worker_started" in log.read_text() or pod.poll() is not None)
    assert pod.returncode == 0, log.read_text()


def test_the_control_api_of_it_serves_the_page(control_api: Unpacked, tmp_path: Path) -> None:
    control_api.done(["python", "-B", "-m", "control_api.migrating"], tmp_path / "migrations.log")
    said = control_api.done(["sh", "-c", "git http-backend; sops --version"], tmp_path / "tools.log")
    assert "REQUEST_METHOD" in said
    assert "sops" in said
    log = tmp_path / "control-api.log"
    with control_api.running(["python", "-B", "-m", "control_api"], log) as process:
        listening = control_api.folder / "var/lib/botyard/run/control.sock"
        eventually("it serves", lambda: "control_api_ready" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        transport = httpx2.HTTPTransport(uds=str(listening))
        with httpx2.Client(transport=transport, base_url="http://127.0.0.1", trust_env=False) as client:
            assert client.get("/readyz").status_code == 200
            page = client.get("/")
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert '<div id="root">' in page.text
            assert client.get("/api/v1/openapi.json").json()["info"]["title"] == "Botyard"


def _unpacked(packed: Path, folder: Path) -> Unpacked:
    with tarfile.open(packed) as archive:
        (found,) = _read(archive, "index.json")["manifests"]
        manifest = _read(archive, _blob(found))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=archive.extractfile(_blob(layer))) as files:
                files.extractall(folder, filter="tar")
        config = _read(archive, _blob(manifest["config"]))["config"]
    (folder / "dev").mkdir(exist_ok=True)
    # As containers have them: https://www.kernel.org/doc/Documentation/admin-guide/devices.txt
    for name, number in {"null": 3, "urandom": 9}.items():
        os.mknod(folder / "dev" / name, stat.S_IFCHR, os.makedev(1, number))
        (folder / "dev" / name).chmod(0o666)
    for above in (folder, *folder.parents):
        above.chmod(above.stat().st_mode | 0o111)
    home = folder / "var" / "lib" / "botyard"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o777)
    return Unpacked(folder, config, packed.stat().st_size)


def _blob(named: dict[str, Any]) -> str:
    return "blobs/" + str(named["digest"]).replace(":", "/")


def _read(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    file = archive.extractfile(name)
    assert file is not None, name
    read: dict[str, Any] = json.load(file)
    return read
