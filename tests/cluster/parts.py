"""The programs of a running cluster: started, awaited, killed in tests, and shown when something fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from tests.journeys.processes import eventually

_LINES, _LONGEST = 15, 400
# Go looks for garbage whenever its memory has doubled, a sixth of its work here; a cluster of thousands has
# the memory to look less often.
_LESS_TIDYING = {"GOGC": "400"}


class Parts:
    """Processes by name, each with a log file `<name>.log` in the folder."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        logs.mkdir()
        self._started: dict[str, tuple[list[str], dict[str, str]]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a program; nothing waits for it to be ready."""
        self._started[name] = (list(command), dict(environment or {}))
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self._logs),
                    **_LESS_TIDYING,
                    **(environment or {}),
                },
                start_new_session=True,
            )

    def ready(self, name: str, check: Callable[[], bool], within: float = 60) -> None:
        """Wait for `check`; fails with the end of the program's log when it ends before or takes longer."""
        try:
            eventually(f"{name} is ready", lambda: self._runs(name) and check(), within)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail(name)}") from error

    def kill(self, name: str) -> None:
        """kill -9."""
        self._running[name].kill()
        self._running[name].wait(10)

    def restart(self, name: str) -> None:
        """Start it again as it was started before."""
        self.start(name, *self._started[name])

    def end(self, name: str) -> None:
        """End it; what does not end in five seconds is killed."""
        process = self._running[name]
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def stop(self) -> None:
        """End all of them, the last started first."""
        for name in reversed(self._running):
            self.end(name)

    def seconds(self) -> dict[str, float]:
        """Seconds of the processor that each has taken so far, and those that it started and that ended."""
        times = {name: psutil.Process(each.pid).cpu_times() for name, each in self._running.items()}
        return {name: sum(each[:4]) for name, each in times.items()}

    def tail(self, name: str) -> str:
        """The end of a program's log."""
        lines = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join([f"--- {name}", *(line[:_LONGEST] for line in lines[-_LINES:])])

    def tails(self) -> str:
        """The ends of all logs."""
        return "\n".join(map(self.tail, self._started))

    def _runs(self, name: str) -> bool:
        code = self._running[name].poll()
        if code is not None:
            raise AssertionError(f"{name} ended with {code}")
        return True
