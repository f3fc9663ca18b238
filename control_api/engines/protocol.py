"""What the control API asks of an engine, whichever it is, and what an engine reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from agent_runtime.hive_client import HiveAwayError, HiveClient, HiveError

Status = Mapping[str, Any]


class StepFailedError(Exception):
    """A step of an operation cannot succeed: why, and what to do next."""

    def __init__(self, reason: str, next_step: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step


class EngineAwayError(Exception):
    """The engine does not answer just now."""


@dataclass(frozen=True)
class PartHealth:
    """How one part of the running world is; `memory` in bytes."""

    name: str
    ok: bool
    detail: str | None = None
    memory: int | None = None
    restarts: int | None = None


class Watcher(Protocol):
    """Takes in what an engine reports, in order."""

    async def applied(self, branch: str, commit: str, commits: Sequence[str], bots: Sequence[str]) -> None:
        """The engine has made the world match `commit` of a deploy branch, and with it `commits` before."""
        ...

    async def refused(self, bot: str, reason: str, revision: str | None) -> None:
        """The engine does not run a release file, for this reason."""
        ...

    async def status(self, status: Status) -> None:
        """How a bot is, by its `id`."""
        ...

    async def removed(self, bot: str) -> None:
        """A bot runs no more and is forgotten."""
        ...

    async def drifted(self, bot: str, what: str) -> None:
        """Somebody changed the running bot past the fleet repository; the engine puts it back."""
        ...

    async def complete(self) -> None:
        """All bots have been reported once; what was not, does not run."""
        ...


class Engine(Protocol):
    """Makes the running world match the deploy branches, and lets us look into it."""

    @property
    def name(self) -> str: ...

    @property
    def inner(self) -> HiveClient:
        """The inner API of the runtimes: chat, draft turns, logs, conversations, access."""
        ...

    async def watch_commits(self, watcher: Watcher) -> None:
        """Reports what is applied until the connection breaks."""
        ...

    async def watch_bots(self, watcher: Watcher) -> None:
        """Reports how bots are until the connection breaks."""
        ...

    async def nudge(self, branch: str, commit: str) -> None:
        """Says that a branch has moved. Losing this costs time and nothing else."""
        ...

    async def start(self, bot: str) -> Status:
        """Brings the bot up; StepFailedError with the reason, EngineAwayError to try again."""
        ...

    async def probe(self, bot: str) -> str:
        """The bot's reply to a short draft turn; StepFailedError, EngineAwayError."""
        ...

    async def health(self) -> Sequence[PartHealth]:
        """How the engine's parts are."""
        ...

    async def aclose(self) -> None: ...


@contextmanager
def in_a_step() -> Iterator[None]:
    """Raises StepFailedError for what a runtime refuses in the block, EngineAwayError while it is away."""
    try:
        yield
    except HiveError as error:
        reason = error.problem.get("detail") or error.problem.get("title") or "the runtime refused"
        raise StepFailedError(str(reason), error.problem.get("next_step")) from error
    except HiveAwayError as error:
        raise EngineAwayError(str(error)) from error


def shown_reply(answer: Mapping[str, Any]) -> str:
    """The reply to a probe. It asks for a few words only; one that had more to say is shown as one."""
    text = str(answer.get("text", ""))
    return f"{text.rstrip()} …" if answer.get("finish") == "length" and text.strip() else text
