"""The folder in which orders for failpoints lie, and what became of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from agent_runtime.failpoints import PLACES, TAKEN, VARIABLE


@dataclass(frozen=True, slots=True)
class Hit:
    """An order that was carried out: where, what, by which process, and when (Unix seconds)."""

    place: str
    what: str
    pid: int
    at: float


class Orders:
    """One folder; every process of a lane looks into it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True)
        self.folder = folder
        self._numbers = itertools.count()

    @property
    def environment(self) -> dict[str, str]:
        """What arms a process."""
        return {VARIABLE: str(self.folder)}

    def give(self, place: str, what: str = "kill") -> None:
        """Whoever comes to the place next does so."""
        assert place in PLACES, place
        # Written beside and renamed: whoever takes it reads all of it.
        unfinished = self.folder / "unfinished"
        unfinished.write_text(what, encoding="ascii")
        unfinished.rename(self.folder / f"{place}~{next(self._numbers):08}")

    def open(self) -> list[str]:
        """The places of orders that nobody has come to yet."""
        return [path.name.partition("~")[0] for path in self.folder.glob("*~*") if path.suffix != TAKEN]

    def withdraw(self) -> list[str]:
        """Takes back what is open; the places."""
        withdrawn = []
        for path in self.folder.glob("*~*"):
            if path.suffix != TAKEN:
                path.unlink(missing_ok=True)
                withdrawn.append(path.name.partition("~")[0])
        return withdrawn

    def collect(self) -> list[Hit]:
        """What was carried out since the last time, oldest first."""
        hits = []
        for path in self.folder.glob(f"*{TAKEN}"):
            place, _, rest = path.name.partition("~")
            # The rename that took the order changed the inode last.
            pid, at = int(rest.split(".")[1]), path.stat().st_ctime
            hits.append(Hit(place, path.read_text(encoding="ascii"), pid, at))
            path.unlink()
        return sorted(hits, key=lambda hit: hit.at)
