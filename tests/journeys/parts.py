"""The parts of a running Botyard as `run/` records them: their processes, and their deaths."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from agent_runtime.home import Home
from tests.journeys.processes import eventually


def standings(home: Path) -> dict[str, dict[str, Any]]:
    """Each part, with `state`, `pid`, `restarts` and `reason`."""
    return dict(json.loads((Home.at(home).run / "parts.json").read_text()))


def kill(home: Path, part: str, within: float = 20) -> float:
    """kill -9 of one part; the seconds until another process of it is ready."""
    before = eventually(f"{part} runs", lambda: standings(home)[part]["pid"])
    os.kill(before, signal.SIGKILL)
    begun = time.monotonic()

    def again() -> bool:
        now = standings(home)[part]
        return bool(now["state"] == "ready" and now["pid"] != before)

    eventually(f"{part} is ready again", again, within)
    return time.monotonic() - begun
