"""Makes a repository the mirror of a remote: takes over what is there, or puts there what is here.

Done once for an address, whereupon the repository remembers it and the remote may be away at a start.
Neither side loses a commit: whichever continues the other is taken, and two different fleets are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import structlog

from gitops import git, layout
from gitops.errors import GitError, LostRaceError, RefusedError, RemoteError, RewrittenError
from gitops.objects import Objects
from gitops.remote import FETCHED, RENDERED_THERE, Remote, branches_here, there
from gitops.transport import Transport
from gitops.write import BOTYARD, Batch, Move, NewCommit

log = structlog.get_logger()

_KNOWN = "botyard.remote"
_TRIES = 5
_WHOLE_WITHIN = 1800.0  # seconds for a whole fleet on its way


async def join(repository: Path, url: str, recipient: str, first: Mapping[str, bytes]) -> None:
    """RemoteError if the remote can't be reached, RefusedError if it can't be this fleet's.

    `first` is what an empty remote gets, by path.
    """
    if await _known(repository) == url:
        return
    joining = _Joining(repository, url, recipient, first)
    for left in reversed(range(_TRIES)):
        try:
            await joining.meet()
            break
        except LostRaceError:
            if not left:
                raise
    await git.run(repository, "config", _KNOWN, url)
    log.info("fleet_remote_joined", remote=url)


async def leave(repository: Path) -> None:
    """The repository is the truth from now on: what it gets may be given to a remote later."""
    if await _known(repository) is not None:
        await git.run(repository, "config", "--unset-all", _KNOWN)


async def _known(repository: Path) -> str | None:
    process = await git.start(repository, "config", "--get", _KNOWN)
    code, out, err = await git.finish(process)
    if code > 1:
        raise GitError(git.failure("config", code, err))
    return out.decode().strip() or None


class _Joining:
    """One attempt after another; each starts from where both sides are."""

    def __init__(self, repository: Path, url: str, recipient: str, first: Mapping[str, bytes]) -> None:
        self._repository = repository
        self._transport = Transport(repository, url)
        self._url = url
        self._recipient = recipient
        self._first = first

    async def meet(self) -> None:
        tips, here = await self._transport.tips(), await branches_here(self._repository)
        if layout.MAIN in tips and RENDERED_THERE in tips:
            await self._take(here)
        elif layout.RENDERED in here:
            await self._give(here)
        else:
            await self._start(tips.get(layout.MAIN))

    async def _take(self, here: Mapping[str, str]) -> None:
        """The remote has a fleet: it becomes ours, unless ours continues it."""
        try:
            await self._transport.fetch(FETCHED, _WHOLE_WITHIN)
        except RewrittenError:
            await self._give(here)
        await self._check_key()

    async def _give(self, here: Mapping[str, str]) -> None:
        try:
            await self._transport.push([f"{oid}:{there(ref)}" for ref, oid in here.items()], _WHOLE_WITHIN)
        except RemoteError as error:
            tips = await self._transport.tips()
            if all(tips.get(there(ref)) == oid for ref, oid in here.items()):
                return
            if layout.MAIN in tips:
                raise RefusedError(
                    "The fleet's remote holds other commits than this home: give BOTYARD_FLEET_REMOTE an "
                    "empty repository, or move fleet.git away from this home to take the remote's fleet "
                    f"({error.title})"
                ) from None
            raise

    async def _start(self, tip: str | None) -> None:
        """Neither side has a fleet: the first commit, on top of whatever the code host began with."""
        files = dict(self._first)
        if tip is not None:
            await self._transport.fetch([f"{layout.MAIN}:{layout.MAIN}"], _WHOLE_WITHIN)
            files = await self._missing(files)
        now = datetime.now(UTC)
        async with Batch(self._repository, now) as batch:
            [commit] = await batch.add(
                [NewCommit("main", tip, BOTYARD, now, "Start the fleet\n", dict(files))]
            )
        moves = [Move(layout.MAIN, tip, commit), Move(layout.RENDERED, None, commit)]
        await Remote(self._repository, self._url).move(moves)

    async def _missing(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        objects = Objects(self._repository)
        try:
            if await objects.entry(layout.MAIN, layout.FLEET) is not None:
                raise RefusedError(
                    f"The fleet's remote has a fleet without the branch {RENDERED_THERE}: push that too, "
                    f"from the repository it was copied from, where it may be {layout.RENDERED}"
                )
            return {
                path: content
                for path, content in files.items()
                if await objects.entry(layout.MAIN, path) is None
            }
        finally:
            await objects.aclose()

    async def _check_key(self) -> None:
        objects = Objects(self._repository)
        try:
            sealing = await objects.read(layout.MAIN, layout.SOPS_CONFIG) or b""
        finally:
            await objects.aclose()
        if self._recipient.encode() not in sealing:
            raise RefusedError(
                "The secrets of the fleet's remote are sealed for another key: copy keys/ from the home of "
                "the Botyard that started this fleet, then start again"
            )
