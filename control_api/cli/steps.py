"""An operation in words: its steps with what each took, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

ENDED = frozenset({"succeeded", "failed"})
_MARKS = {"succeeded": "✓", "failed": "✗", "running": "…", "skipped": "-", "pending": " "}


@dataclass(frozen=True)
class Step:
    """One line of progress."""

    name: str
    state: str
    took: str
    detail: str

    @property
    def over(self) -> bool:
        return self.state in {"succeeded", "failed", "skipped"}

    def line(self) -> str:
        mark = _MARKS.get(self.state, "?")
        return f"  {mark} {self.name:<10} {self.took:>8}  {self.detail}".rstrip()


def steps(operation: dict[str, Any]) -> list[Step]:
    """The steps in order; each takes the time since the one before it ended."""
    before = _moment(operation.get("created_at"))
    shown = []
    for step in operation.get("steps") or []:
        at = _moment(step.get("at"))
        done = step.get("state") in {"succeeded", "failed"}
        took = _duration((at - before).total_seconds()) if done and at and before else ""
        before = at if done and at else before
        shown.append(
            Step(
                str(step["name"]),
                str(step.get("state")),
                took,
                " ".join(str(step.get("detail") or "").split()),
            )
        )
    return shown


def ended(operation: dict[str, Any]) -> bool:
    """Whether nothing more happens to the operation."""
    return operation.get("state") in ENDED


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 60 else f"{int(seconds // 60)}m {int(seconds % 60)}s"
