"""One live Botyard a home: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from agent_runtime.home import Home


class HomeInUseError(Exception):
    """Another live Botyard uses the home; the message names its process and what to do."""


class HomeLock:
    """Holds the lock of a home from entering to leaving. Raises `HomeInUseError` at once, never waits."""

    def __init__(self, home: Home) -> None:
        self._root = home.root
        self._descriptor = -1

    @property
    def path(self) -> Path:
        return self._root / "lock"

    def __enter__(self) -> HomeLock:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise HomeInUseError(
                f"another Botyard (process {holder}) is running in {self._root}: "
                "stop it, or set BOTYARD_HOME (and BOTYARD_PORT) to start a second one"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


def holder(home: Home) -> int | None:
    """The process that holds the home's lock (0: unknown), or None when nobody does."""
    if not (home.root / "lock").exists():
        return None
    try:
        with HomeLock(home):
            return None
    except HomeInUseError:
        text = (home.root / "lock").read_text().strip()
        return int(text) if text.isdigit() else 0
