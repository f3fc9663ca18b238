"""What a turn gives back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply. `finish` is complete, length, filtered, partial, stopped, failed, budget,
    notice or reset."""

    text: str
    usage: dict[str, Any] = field(default_factory=dict)
    conversation: str = ""
    finish: str = "complete"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class TurnFailedError(Exception):
    """A draft turn got no answer; `reason` and `next_step` are for the bot's owner."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step
