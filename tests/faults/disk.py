"""A small disk of its own that can really be full: a file system in memory, mounted for one test."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

PAGE = 4096  # what a file takes from the disk at least


class SmallDisk:
    """Mounted at `folder` for a `with` block; needs the right to mount, which root has."""

    def __init__(self, folder: Path, mebibytes: int = 32) -> None:
        self.folder = folder
        self._size = f"{mebibytes}m"
        self._filler = folder / "filler"

    def __enter__(self) -> Self:
        self.folder.mkdir()
        options = f"size={self._size},mode=700"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert mounted.returncode == 0, (
            f"no small disk can be mounted ({mounted.stderr.strip()}): run this test as root, "
            "or with `unshare --map-root-user --mount` before it"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    @property
    def free(self) -> int:
        """Bytes that can still be written."""
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Leave room for so many bytes, and no more."""
        self.empty()
        with self._filler.open("wb") as filler:
            while True:
                try:
                    os.posix_fallocate(filler.fileno(), 0, max(1, self.free - leave))
                    return
                except OSError:
                    continue  # somebody wrote between the look and the filling

    def empty(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)


def forget_spare_pages(*databases: Path) -> None:
    """Empty the write-ahead logs, so that every page of the next write needs room."""
    for database in databases:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
