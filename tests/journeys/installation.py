"""A whole Botyard of its own: a temporary home, a free port, the simulators instead of the outside world."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
import psutil

from tests.journeys.processes import children, described, eventually, of_home

ROOT = Path(__file__).resolve().parents[2]


def new_token() -> str:
    """An API token of the shape that Botyard takes, made now and for nobody else."""
    return f"byt_{secrets.token_urlsafe(32)}"


def free_port() -> int:
    """A port that the kernel says is free; Botyard binds it a moment later."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Following:
    """A running command and the lines it has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def interrupted(self) -> int:
        """As Ctrl-C does; the exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(10)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self.lines.append(line)


class Installation:
    """`botyard up` as a real process, with more `arguments` where a test adds some before the start."""

    def __init__(self, folder: Path, *, token: str | None = None, **settings: str) -> None:
        self.arguments: list[str] = []
        self.home = folder / "home"
        self.log = folder / "up.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = token
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BOTYARD_")}
        self.environment = {
            **inherited,
            "BOTYARD_HOME": str(self.home),
            "BOTYARD_PORT": str(self.port),
            **settings,
        }
        if token is not None:
            self.environment["BOTYARD_BOOTSTRAP_TOKEN"] = token
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, within: float = 120.0) -> float:
        """Start and wait until the API accepts work; the seconds that took."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "control_api.cli", "up", *self.arguments],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(f"{self.url}/readyz is 200", self._ready, within)
        return time.monotonic() - begun

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as an operator would; fails where a process is left. Returns the exit code."""
        assert self._process is not None
        started = {process.pid: process for process in [*children(self.pid), *of_home(self.home)]}
        self._process.send_signal(how)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._kill(list(started.values()))
            raise AssertionError(f"still there 30 s after {how.name}\n{self.tail()}") from None
        left = eventually_none(list(started.values()), self.home)
        self._kill(left)
        assert not left, f"left behind: {[described(process) for process in left]}"
        return code

    def output(self) -> str:
        """All that `botyard up` printed."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def tail(self, lines: int = 60) -> str:
        """The end of what it printed and of each part's log, for a failed test."""
        parts = [self.log, *sorted((self.home / "logs").rglob("*"))]
        shown = []
        for path in parts:
            if path.is_file():
                text = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
                shown += [f"--- {path.name}", *text]
        return "\n".join(shown)

    def command(
        self, *arguments: str, text: str | None = None, within: float = 120.0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line against it, as the saved sign-in unless `BOTYARD_TOKEN` is given."""
        environment = {k: v for k, v in self.environment.items() if k != "BOTYARD_BOOTSTRAP_TOKEN"}
        environment["BOTYARD_URL"] = self.url
        return subprocess.run(
            [sys.executable, "-m", "control_api.cli", *arguments],
            cwd=ROOT,
            env={**environment, **variables},
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )

    def following(self, *arguments: str, **variables: str) -> Following:
        """A command that goes on, for a `with` block."""
        environment = {k: v for k, v in self.environment.items() if k != "BOTYARD_BOOTSTRAP_TOKEN"}
        process = subprocess.Popen(
            [sys.executable, "-m", "control_api.cli", *arguments],
            cwd=ROOT,
            env={**environment, "BOTYARD_URL": self.url, "PYTHONUNBUFFERED": "1", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Following(process)

    def done(self, *arguments: str, **more: Any) -> str:
        """What a command that must succeed printed."""
        finished = self.command(*arguments, **more)
        assert finished.returncode == 0, (
            f"botyard {' '.join(arguments)}:\n{finished.stdout}\n{finished.stderr}"
        )
        return finished.stdout

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"ended with {self._process.returncode}\n{self.tail()}"
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    @staticmethod
    def _kill(processes: list[psutil.Process]) -> None:
        for process in processes:
            if process.is_running():
                process.kill()


def eventually_none(started: list[psutil.Process], home: Path) -> list[psutil.Process]:
    """The processes that are still there after a short while."""
    _, left = psutil.wait_procs(started, timeout=5)
    return [process for process in {*left, *of_home(home)} if process.is_running()]
