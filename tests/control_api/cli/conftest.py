"""The command line as a process, and an API on a real socket that answers as a test says."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from control_api.cli import app
from tests.control_api.cli.scripted_api import ScriptedApi, handler_of

ROOT = Path(__file__).resolve().parents[3]
Finished = subprocess.CompletedProcess[str]


@pytest.fixture
def api() -> Iterator[ScriptedApi]:
    scripted = ScriptedApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(scripted))
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield scripted
    server.shutdown()
    thread.join()
    server.server_close()


class CommandLine:
    """`botyard` in an environment of its own: within the test's process, or as a program."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._patch = patch
        for name in [name for name in os.environ if name.startswith("BOTYARD_")]:
            patch.delenv(name)
        patch.setenv("BOTYARD_HOME", str(home))
        patch.setenv("COLUMNS", "120")

    def use(self, **variables: str) -> None:
        """Set variables of the environment."""
        for name, value in variables.items():
            self._patch.setenv(name, value)

    def forget(self, *names: str) -> None:
        for name in names:
            self._patch.delenv(name)

    def __call__(self, *arguments: str, text: str | None = None, **variables: str) -> Finished:
        result = CliRunner().invoke(app, arguments, input=text, env=variables)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Finished(arguments, result.exit_code, result.stdout, result.stderr)

    @staticmethod
    def start(*arguments: str, terminal: int) -> subprocess.Popen[bytes]:
        """As a program on a terminal."""
        return subprocess.Popen(
            [sys.executable, "-m", "control_api.cli", *arguments],
            cwd=ROOT,
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )


@pytest.fixture
def botyard_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: ScriptedApi) -> CommandLine:
    """Signed in at the scripted API by the environment."""
    command = CommandLine(tmp_path / "home", monkeypatch)
    command.use(BOTYARD_URL=api.url, BOTYARD_TOKEN=api.token)
    return command


def operation(state: str = "succeeded", **more: Any) -> dict[str, Any]:
    """An operation as the API shows it."""
    steps = ["accepted", "committed", "synced", "started", "connected", "answered"]
    shown = "succeeded" if state == "succeeded" else "pending"
    return {
        "id": "op1",
        "kind": "deploy",
        "bot": "alice.support",
        "state": state,
        "created_at": "2026-01-01T10:00:00+00:00",
        "steps": [
            {"name": name, "state": shown, "at": f"2026-01-01T10:00:0{n}.250000+00:00", "detail": None}
            for n, name in enumerate(steps)
        ],
        "error": None,
        **more,
    }
