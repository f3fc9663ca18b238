"""Notes whose push is about to move `main`, in the repository, before it moves.

The hook writes one once a push has passed every check. Whoever keeps the audit log reads the notes, and drops
each one it has booked. A note whose commit never reached `main` counts for nothing.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from agent_runtime.files import write_whole

_FOLDER = "botyard-pushes"


@dataclass(frozen=True, slots=True)
class Note:
    """A push by `user` that was let through: `main` from `old` to `new`. `at` is in Unix seconds."""

    path: Path
    old: str
    new: str
    user: str
    at: float


def note(repository: Path, old: str, new: str, user: str) -> None:
    """Writes a note, to the disk."""
    folder = repository / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    write_whole(folder / f"{time.time_ns()}-{os.getpid()}", f"{old} {new} {user}\n", durable=True)


def notes(repository: Path) -> list[Note]:
    """The notes that are there, oldest first."""
    found = []
    for path in sorted((repository / _FOLDER).glob("[0-9]*")):
        words = path.read_text(encoding="utf-8").split()
        if len(words) == 3:
            found.append(Note(path, words[0], words[1], words[2], path.stat().st_mtime))
    return found
