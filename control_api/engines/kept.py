"""The parts of this machine as their supervisor records them, with the memory that each takes."""

from __future__ import annotations

import json
from typing import Any

from agent_runtime.home import Home
from agent_runtime.supervisor import children, pss
from control_api.engines.protocol import PartHealth

_WITH_CHILDREN = ("brain",)  # the model is a process of its own; the launcher's children are bots


def kept_parts(home: Home) -> list[PartHealth]:
    """Each part; none where no supervisor runs."""
    try:
        record: dict[str, dict[str, Any]] = json.loads((home.run / "parts.json").read_text())
    except (OSError, ValueError):
        return []
    return [
        PartHealth(
            name,
            each["state"] == "ready",
            None if each["state"] == "ready" else each["reason"] or each["state"],
            memory(name, each["pid"]),
            each["restarts"],
        )
        for name, each in record.items()
    ]


def memory(name: str, pid: int | None) -> int | None:
    """Bytes; None where it is not known."""
    if pid is None or (own := pss(pid)) is None:
        return None
    more = children(pid) if name in _WITH_CHILDREN else []
    return own + sum(pss(child) or 0 for child in more)
