"""The parts' output: a file each, written by the part itself and kept below a limit by the supervisor.

The part holds the file, not a pipe to the supervisor: nothing it says waits for a busy supervisor.
"""

from __future__ import annotations

import os
from pathlib import Path

LIMIT = 8 * 1024 * 1024


def open_log(folder: Path, name: str) -> int:
    """A descriptor that appends to `<name>.log`; the caller closes it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def trim(folder: Path, name: str, limit: int = LIMIT) -> None:
    """Once `<name>.log` is longer than `limit` bytes, move its end to `<name>.log.1` and begin anew.

    The part goes on writing to the same file: it appends, so after the cut it writes at the beginning.
    """
    path = folder / f"{name}.log"
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return
    if size <= limit:
        return
    with path.open("rb") as source, path.with_name(f"{name}.log.1").open("wb") as kept:
        source.seek(max(0, size - limit))
        kept.write(source.read(limit))
    os.truncate(path, 0)


def tail(folder: Path, name: str, lines: int = 12, width: int = 2000) -> str:
    """The last lines that the part wrote, for an error message."""
    try:
        with (folder / f"{name}.log").open("rb") as source:
            source.seek(0, os.SEEK_END)
            source.seek(max(0, source.tell() - lines * width))
            written = source.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(line[:width] for line in written.splitlines()[-lines:])
