"""What one seed did and saw from outside: the messages, the replies, the writes, the kills."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from tests.durability.orders import Hit


@dataclass(frozen=True, slots=True)
class Said:
    """A message that the platform was confirmed, and the conversation it belongs to.

    `key` is the one that Botyard knows it by; it begins with the channel's name.
    """

    bot: str
    place: str
    text: str
    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply that the platform received, in one conversation."""

    bot: str
    place: str
    text: str
    at: float


@dataclass(slots=True)
class Write:
    """A change that was asked for, again and again with one key, until it was acknowledged."""

    at: float
    what: str
    bots: tuple[str, ...]
    tries: int = 0
    operation: str | None = None
    refused: str | None = None


@dataclass(slots=True)
class History:
    """One seed. `wanted` is each bot's description as the last write left it, None for a bot that is gone."""

    seed: int
    said: list[Said] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    wanted: dict[str, str | None] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def around(self, *words: str) -> list[str]:
        """Everything that has one of the words in it, and every kill, in the order of time."""
        events: list[Said | Sent | Write | Hit] = [*self.said, *self.sent, *self.writes, *self.hits]
        rows: list[tuple[float, dict[str, Any]]] = [
            (each.at, {"event": type(each).__name__.lower(), **asdict(each)}) for each in events
        ]
        shown = ((at, row) for at, row in rows if row["event"] == "hit" or any(w in str(row) for w in words))
        return [f"{at:.3f} {row}" for at, row in sorted(shown, key=lambda each: each[0])]
