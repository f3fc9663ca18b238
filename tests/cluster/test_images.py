"""The images of `Dockerfile`: what they are told to run, as whom, and that all they need is in them."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from agent_runtime.spec import runtime_file
from tests.cluster.images import image
from tests.cluster.unpacked import USER, Unpacked, unpacked
from tests.journeys.processes import eventually

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

_MEBIBYTE = 1024 * 1024
_SHARED = {"PATH", "PYTHONUNBUFFERED", "BOTYARD_HOME"}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return unpacked(image("runtime"), tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def control_api(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return unpacked(image("control-api"), tmp_path_factory.mktemp("control-api"))


def test_they_are_small_and_run_as_a_user_without_rights(runtime: Unpacked, control_api: Unpacked) -> None:
    for each, command, most in (
        (runtime, ["python", "-m", "agent_runtime.pod"], 100),
        (control_api, ["python", "-m", "control_api"], 200),
    ):
        assert each.config["User"] == USER
        assert each.config["Cmd"] == command
        # Nothing of the machine that built it.
        assert {told.partition("=")[0] for told in each.config["Env"]} == _SHARED
        assert each.packed < most * _MEBIBYTE


def test_their_user_has_a_name(runtime: Unpacked, control_api: Unpacked, tmp_path: Path) -> None:
    for each in (runtime, control_api):
        # What OpenSSH asks before anything else.
        asked = ["python", "-B", "-c", "import os, pwd; print(pwd.getpwuid(os.getuid()).pw_dir)"]
        assert each.done(asked, tmp_path / "asked.log") == "/var/lib/botyard\n"


def test_a_pod_of_it_is_ready_with_nothing_else_there(runtime: Unpacked, tmp_path: Path) -> None:
    model = {"provider": "openai-compatible", "name": "m", "base_url": "http://192.0.2.1/v1"}
    told = runtime.folder / "etc" / "botyard" / "bot.yaml"
    told.parent.mkdir(parents=True)
    told.write_bytes(runtime_file({"version": 1, "name": "b", "instructions": "Answer.", "model": model}))
    environment, log = {"BOTYARD_BOT": "a.b", "BOTYARD_LISTEN": "127.0.0.1:0"}, tmp_path / "pod.log"
    with runtime.running(["python", "-B", "-m", "agent_runtime.pod"], log, **environment) as pod:
        eventually("the pod is ready", lambda: "worker_started" in log.read_text() or pod.poll() is not None)
        assert pod.poll() is None, log.read_text()
        assert "worker_started" in log.read_text()
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
