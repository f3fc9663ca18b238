"""The rows of a ledger. Times are Unix seconds, days are UTC dates as `2026-11-21`, money is US dollars."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class TurnState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    DONE = "done"


class PartState(StrEnum):
    """A part of a reply. `sending` found after a crash means that nobody knows whether it was sent."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a reply; `payload` is what its channel sends."""

    n: int
    payload: dict[str, Any]
    state: PartState = PartState.READY


@dataclass(frozen=True, slots=True)
class Step:
    """One result of a turn under way, such as what a model said."""

    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and its answer, by the mail's key. Erased turns keep their key and lose their words.

    `journal` is what an open turn had come to when its worker died.
    """

    key: str
    conversation: str
    channel: str
    sender: str
    text: str
    at: float
    state: TurnState = TurnState.OPEN
    reply: str = ""
    finish: str = ""
    usage: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    journal: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said and answered: one step of a conversation's history."""

    text: str
    reply: str
    at: float = 0.0
    finish: str = ""


@dataclass(frozen=True, slots=True)
class Used:
    """What one model call used. `usd` is None for a model whose price is not known."""

    model: str
    tokens_in: int
    tokens_out: int
    usd: float | None
    estimated: bool = False

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Limits:
    """What a bot may spend in a day."""

    usd: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may talk to the bot, or asks to. `role` is owner, member or asking."""

    sender: str
    name: str
    role: str
    since: float


def utc_day(at: float) -> str:
    """The UTC date that a time falls on."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def storable(text: str) -> str:
    """Text as any database can hold it: neither half a surrogate pair, which broken clients send, nor NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
