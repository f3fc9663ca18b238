"""How much memory processes take, pages that they share divided among those who share them (PSS)."""

from __future__ import annotations

import contextlib
from pathlib import Path


def pss(pid: int) -> int | None:
    """Bytes; None for a process that is gone, and but on Linux."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None


def children(pid: int) -> list[int]:
    """The processes that this one has started and that live; none where the kernel does not tell."""
    found: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found
