"""The fleet at a remote: its branches are the truth, and the repository here is a mirror of them.

A branch moves there first and here after, so that what engines read here is what the remote has. Moves are
atomic pushes that only ever fast-forward: the remote itself compares and swaps. Whether a push that broke off
got there is asked, never guessed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from agent_runtime.failpoints import failpoint
from agent_runtime.files import write_whole
from gitops import git, layout, write
from gitops.errors import LostRaceError, RemoteError, RewrittenError
from gitops.transport import Transport
from gitops.write import Move

log = structlog.get_logger()

# Code hosts take branches and tags and refuse, or hide, most other refs.
RENDERED_THERE = "refs/heads/botyard/rendered"

_LONGEST_PAUSE = 5.0
_SHORTEST_PAUSE = 0.05
_REWRITTEN = (
    "a branch of the fleet's remote has dropped commits that Botyard has seen: push them back there, or, to "
    "take the remote as it is now, stop Botyard and move its fleet.git away"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the remote. Times in seconds since 1970; `reason` is why it can't be used."""

    reason: str | None = None
    fetched_at: float | None = None
    pushed_at: float | None = None

    def said(self) -> str:
        """All of it, for people."""
        times = f"last fetched {_instant(self.fetched_at)}, last pushed {_instant(self.pushed_at)}"
        return f"{self.reason}; {times}" if self.reason else times

    @classmethod
    def recorded(cls, record: Path) -> Standing:
        """What a running Botyard, or the last one, has written down; nothing if there is no record."""
        try:
            found = json.loads(record.read_text(encoding="utf-8"))
            return cls(found["reason"], found["fetched_at"], found["pushed_at"])
        except (OSError, ValueError, KeyError, TypeError):
            return cls()


class Remote:
    """The remote of one repository, asked every so many seconds; `record` is a file for `botyard doctor`."""

    def __init__(self, repository: Path, url: str, every: float = 10.0, record: Path | None = None) -> None:
        self.url = url
        self.standing = Standing()
        self.suspects = set[str]()
        self._repository = repository
        self._transport = Transport(repository, url)
        self._every = every
        self._record = record
        self._look_at = 0.0
        self._lock = asyncio.Lock()

    @property
    def pause(self) -> float:
        """Until it is time to ask again."""
        return min(max(self._look_at - time.monotonic(), _SHORTEST_PAUSE), _LONGEST_PAUSE)

    async def look(self) -> None:
        """Takes over what others pushed, now; RemoteError if that can't be known."""
        self._look_at = 0.0
        await self.refresh()

    async def refresh(self) -> bool:
        """Takes over what others pushed, if it is time to look; RemoteError while that can't be known."""
        async with self._lock:
            if time.monotonic() < self._look_at:
                return False
            with self._watched():
                moved = await self._fetch()
            self._stands(fetched_at=time.time())
            self._look_at = time.monotonic() + self._every
            return moved

    async def move(self, moves: Sequence[Move]) -> None:
        """Pushes, then moves the branches here.

        LostRaceError if somebody else pushed first; RemoteError if the remote is away, and then a later
        `refresh` tells whether the push got there.
        """
        async with self._lock:
            with self._watched():
                try:
                    await self._transport.push([f"{each.new}:{there(each.ref)}" for each in moves])
                except RemoteError as error:
                    await self._settle(moves, error)
                failpoint("remote.pushed")
                await write.move(self._repository, moves)
            self._stands(pushed_at=time.time())

    async def _fetch(self) -> bool:
        tips, here = await self._transport.tips(), await branches_here(self._repository)
        missing = {layout.MAIN, layout.RENDERED} - {here_of(ref) for ref in tips}
        if missing:
            raise RewrittenError(_REWRITTEN)
        if not (moved := different(tips, here)):
            return False
        self.suspects |= {name for name in moved if name.startswith(layout.DEPLOY_PREFIX)}
        try:
            await self._transport.fetch(FETCHED)
        except RewrittenError:
            raise RewrittenError(_REWRITTEN) from None
        log.info("fleet_fetched", main=tips[layout.MAIN])
        return True

    async def _settle(self, moves: Sequence[Move], error: RemoteError) -> None:
        """After a push that failed: asks where the branches are. Returns if it got there all the same."""
        tips = await self._transport.tips()
        if all(tips.get(there(each.ref)) == each.new for each in moves):
            return
        if any(tips.get(there(each.ref)) != each.old for each in moves):
            raise LostRaceError(
                "Somebody else pushed to the fleet's remote first; the change is made again"
            ) from None
        raise error

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Whatever fails, the remote is asked before anything else is done."""
        try:
            yield
        except BaseException as error:
            self._look_at = 0.0
            if isinstance(error, RemoteError):
                self._stands(reason=str(error))
            raise

    def _stands(self, *, reason: str | None = None, **times: float) -> None:
        old = self.standing
        self.standing = Standing(
            reason, times.get("fetched_at", old.fetched_at), times.get("pushed_at", old.pushed_at)
        )
        if reason is not None and reason != old.reason:
            log.warning("fleet_remote_away", reason=reason)
        elif reason is None and old.reason is not None:
            log.info("fleet_remote_back")
        if self._record is not None:
            with contextlib.suppress(OSError):
                write_whole(self._record, json.dumps(asdict(self.standing)))


def _instant(at: float | None) -> str:
    return "not yet" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


# What a mirror takes over. Deploy branches come as they are: a cluster's engines read them there too.
FETCHED = (
    f"{layout.MAIN}:{layout.MAIN}",
    f"{RENDERED_THERE}:{layout.RENDERED}",
    f"{layout.DEPLOY_PREFIX}*:{layout.DEPLOY_PREFIX}*",
)


def there(ref: str) -> str:
    """The name that a branch of the fleet has at the remote."""
    return RENDERED_THERE if ref == layout.RENDERED else ref


def here_of(ref: str) -> str | None:
    """The name here of a branch at the remote; None for a branch that is no business of ours."""
    if ref == RENDERED_THERE:
        return layout.RENDERED
    return ref if ref == layout.MAIN or ref.startswith(layout.DEPLOY_PREFIX) else None


def different(tips: Mapping[str, str], here: Mapping[str, str]) -> set[str]:
    """The branches, by their names here, that the remote has elsewhere than the mirror."""
    named = {name: oid for ref, oid in tips.items() if (name := here_of(ref)) is not None}
    return {name for name, oid in named.items() if here.get(name) != oid}


async def branches_here(repository: Path) -> dict[str, str]:
    """Where the mirror has the fleet's branches, by their names here."""
    out = await git.run(
        repository, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", layout.RENDERED
    )
    tips = (line.split(" ", 1) for line in out.decode().splitlines())
    return {name: oid for oid, name in tips if here_of(there(name)) == name}
