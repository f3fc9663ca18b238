"""What the supervisor keeps alive: one part, a command with what it needs and how it says that it serves."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

Command = Sequence[str] | Callable[[bool], Sequence[str]]


@dataclass(frozen=True)
class Part:
    """One program under supervision.

    `command` may be a function, asked at each start and told whether a live one is replaced. `sockets`
    are names of Home sockets that the supervisor listens on and passes (the part takes them by
    `inherited`); parts may share one. A part is started once those in `after` are ready, and stopped once
    those that name it have stopped. It is ready when it calls `supervisor.ready()`, or, where `check` is
    given, when that returns True (polled; an exception counts as no). `overlap` lets a planned restart
    run old and new side by side for a moment, and `drain` gives the old one time to end by itself before
    it is asked to. `hand_over` has the new one get ready as far as it can and wait in
    `supervisor.my_turn()` until the old one has ended. `spare` keeps another one waiting there all the
    time, at the price of its memory: it takes over at once after a crash. Times are in seconds.
    """

    name: str
    command: Command
    environment: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    check: Callable[[], Awaitable[bool]] | None = None
    ready_within: float = 60.0
    stop_within: float = 10.0
    overlap: bool = False
    hand_over: bool = False
    spare: bool = False
    drain: float = 0.0

    def command_line(self, replaces: bool = False) -> list[str]:
        return list(self.command(replaces) if callable(self.command) else self.command)


class State(enum.StrEnum):
    """Where a part is; `WAITING` is between a crash and the next try."""

    STARTING = "starting"
    READY = "ready"
    WAITING = "waiting"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Standing:
    """What is known of one part, for people and for `run/parts.json`."""

    state: State
    pid: int | None = None
    restarts: int = 0
    reason: str | None = None


class PartError(Exception):
    """A part did not become ready; the message says why and where its log is."""
