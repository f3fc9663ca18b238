"""What the committer asks of whoever keeps the operations: a Protocol, implemented by the control API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from agent_runtime.spec.names import BotId
from agent_runtime.spec.problems import Problem
from gitops.intent import Author, Kind, Request


@dataclass(frozen=True, slots=True)
class Prepared:
    """A commit that is written and not yet on its branches. `revision` is None for a bot that is deleted.

    `commit` is on `main`, `deploy_commit` on `branch` (a full ref name); `version` and `revision` are the
    blob ids of `bot.yaml` and `release.yaml`. A change of no bot has a commit on `main` alone,
    and `deploy_commit` and `branch` are empty.

    A bulk operation has one commit on `main` and one on each deploy branch that it touches: `bots` says by
    id what became of each of its bots, and the fields of the whole are those of the first, without ids.
    """

    commit: str
    deploy_commit: str
    branch: str
    version: str | None
    revision: str | None
    bots: Mapping[str, Prepared] = field(default_factory=dict)
    # What was prepared for the same operation before, newest first. A push that was given up, or one of
    # another Botyard that had the operation before us, may still get there.
    tried: tuple[Prepared, ...] = ()

    @classmethod
    def of_many(cls, bots: Mapping[str, Prepared]) -> Prepared:
        """What a bulk operation has prepared."""
        first = next(iter(bots.values()))
        return cls(first.commit, first.deploy_commit, first.branch, None, None, bots)

    def attempts(self) -> tuple[Prepared, ...]:
        """All that may be on the branches for the operation, newest first."""
        return (self, *self.tried)

    def places(self) -> set[tuple[str, str]]:
        """Each deploy branch with the commit that it has to contain."""
        parts = self.bots.values() or [self]
        return {(each.branch, each.deploy_commit) for each in parts if each.branch}


@dataclass(frozen=True, slots=True)
class Committed:
    """The operation's commits are on their branches."""

    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The change changes nothing, so there is no commit; `version` is the bot's present one."""

    version: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The change can't be made. `status` is 404, 409, 412 or 422; nothing was written."""

    title: str
    problems: tuple[Problem, ...]
    status: int


Result = Committed | Unchanged | Refused


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a commit that people pushed does to one bot.

    `prepared` is None where the bot is held, for `problems`.
    """

    bot: BotId
    kind: Kind
    commit: str
    author: Author
    at: datetime
    prepared: Prepared | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A bot as `main` has it.

    `data` is the specification as written, None if the bot is gone (or unreadable: held).

    `commit` is the commit on `main` that the row was taken from. `secrets` maps names to digests of the
    sealed files. `held` says why the specification is not valid; the last valid one runs on.
    """

    bot: BotId
    version: str | None
    data: Mapping[str, Any] | None
    commit: str
    secrets: Mapping[str, str]
    held: tuple[Problem, ...] = ()


class Operations(Protocol):
    """Each call is one transaction, done when it returns.

    After a crash a call may be repeated, with the same effect.
    """

    async def claim(self, limit: int) -> Sequence[Request]:
        """The oldest requests that are not settled, in order.

        The same ones again until `committed` settles them.
        """
        ...

    async def prepared(self, commits: Mapping[str, Prepared]) -> None:
        """Stores what is about to move, by operation; what was stored before becomes `tried`."""
        ...

    async def postponed(self, operations: Sequence[str], reason: str) -> None:
        """Says of claimed operations that they wait again, and for what."""
        ...

    async def committed(self, results: Mapping[str, Result]) -> None:
        """Settles operations."""
        ...

    async def adopted(self, changes: Sequence[Adopted]) -> Sequence[str]:
        """Stores an operation for each as `prepared` does, one per bot and commit however often it is called.

        The answer is the operations' ids, in order. They are settled by `committed` once the branches have
        moved.
        """
        ...

    async def indexed(self, rows: Sequence[IndexRow], upto: str, *, complete: bool = False) -> None:
        """Stores the rows and that the index now shows the commit `upto`.

        `complete` removes all other bots.
        """
        ...

    async def index_tip(self) -> str | None:
        """The `upto` of the last `indexed`.

        None if there was none, which makes the committer walk the whole.
        """
        ...

    async def unfinished(self) -> Mapping[str, Prepared]:
        """Operations that are prepared and not settled.

        After a crash the committer asks Git whether they got there.
        """
        ...
