"""The image of every bot's pod: what it is told to run, as whom, and that all it needs is in it."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.spec import runtime_file
from tests.cluster.images import image
from tests.journeys.processes import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]
_USER = "10001:10001"
_LARGEST = 100 * 1024 * 1024  # bytes, packed


@pytest.fixture(scope="module")
def packed() -> Path:
    return image("runtime")


def test_it_is_small_and_runs_as_a_user_without_rights(packed: Path) -> None:
    with tarfile.open(packed) as archive:
        _, config = _manifest(archive)
    assert config["User"] == _USER
    assert config["Cmd"] == ["python", "-m", "agent_runtime.pod"]
    # Nothing of the machine that built it.
    assert {each.partition("=")[0] for each in config["Env"]} == {"PATH", "PYTHONUNBUFFERED", "BOTYARD_HOME"}
    assert packed.stat().st_size < _LARGEST


def test_a_pod_of_it_is_ready_with_nothing_else_there(packed: Path, tmp_path: Path) -> None:
    _unpack(packed, tmp_path)
    told, home = tmp_path / "etc" / "botyard" / "bot.yaml", tmp_path / "var" / "lib" / "botyard"
    for folder in (told.parent, home, tmp_path / "dev"):
        folder.mkdir(parents=True, exist_ok=True)
    home.chmod(0o777)
    model = {"provider": "openai-compatible", "name": "m", "base_url": "http://192.0.2.1/v1"}
    told.write_bytes(runtime_file({"version": 1, "name": "b", "instructions": "Answer.", "model": model}))
    inside = ["chroot", f"--userspec={_USER}", str(tmp_path), "/usr/bin/env", "-i"]
    environment = ["PATH=/opt/botyard/bin", "BOTYARD_BOT=a.b", "BOTYARD_LISTEN=127.0.0.1:0"]
    program = ["BOTYARD_HOME=/var/lib/botyard", "python", "-B", "-m", "agent_runtime.pod"]
    log = tmp_path / "pod.log"
    with log.open("wb") as lines, subprocess.Popen([*inside, *environment, *program], stderr=lines) as pod:
        try:
            eventually(
                "the pod is ready", lambda: "worker_started" in log.read_text() or pod.poll() is not None
            )
        finally:
            pod.terminate()
    assert pod.returncode == 0, log.read_text()


def _unpack(packed: Path, folder: Path) -> None:
    with tarfile.open(packed) as archive:
        layers, _ = _manifest(archive)
        for layer in layers:
            with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                files.extractall(folder, filter="tar")


def _manifest(archive: tarfile.TarFile) -> tuple[list[str], dict[str, Any]]:
    """The layers as they lie in the archive, and how the image is run."""
    (found,) = _read(archive, "index.json")["manifests"]
    manifest = _read(archive, _blob(found))
    config = _read(archive, _blob(manifest["config"]))["config"]
    return [_blob(layer) for layer in manifest["layers"]], config


def _blob(named: dict[str, Any]) -> str:
    return "blobs/" + str(named["digest"]).replace(":", "/")


def _read(archive: tarfile.TarFile, name: str) -> dict[str, Any]:
    file = archive.extractfile(name)
    assert file is not None, name
    read: dict[str, Any] = json.load(file)
    return read
