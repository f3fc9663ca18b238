"""Leads whenever the lease is ours, and otherwise waits for it: a leader that is silent is replaced."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from control_api.database import DatabaseAwayError
from control_api.leader.lease import Lease, LeaseLostError, Seen

log = structlog.get_logger()

# Seconds between two beats, and of silence after which a leader counts as dead.
_EVERY = 1.0
PATIENCE = 4.0
HOSTED = "hosted"

Lead = Callable[[], AbstractAsyncContextManager[None]]


class OtherFleetError(Exception):
    """Another control API lives on this database and keeps another fleet repository."""


class Election:
    """One candidate. `shared` says whether others may be on the same database."""

    def __init__(self, lease: Lease, *, shared: bool) -> None:
        self._lease = lease
        self._shared = shared

    @property
    def leads(self) -> bool:
        """Whether this control API is the one that commits."""
        return self._lease.epoch is not None

    async def enter(self) -> None:
        """Takes the lease at once where nobody else can hold it: it is free, was ours, or nobody shares it.

        OtherFleetError if somebody lives who must not: all on one database have the same fleet remote.
        """
        seen = await self._lease.look()
        while self._may_take(seen):
            if await self._lease.take(seen):
                return
            seen = await self._lease.look()
        assert seen is not None
        if seen.fleet == self._lease.fleet != HOSTED or await self._falls_silent(seen):
            return
        raise OtherFleetError(_refusal(seen.fleet, self._lease.fleet))

    async def run(self, lead: Lead) -> None:
        """Leads and waits in turn, until cancelled; then a shared lease is given back."""
        try:
            while True:
                if not self.leads:
                    await self._win()
                log.info("leads", epoch=self._lease.epoch)
                async with lead():
                    await self._hold()
                self._lease.epoch = None
                log.warning("leads_no_more")
                if self._lease.fleet == HOSTED:
                    # Whoever took the lease has another fleet repository: what this one has counts no more.
                    log.error("control_api_stops", reason=_refusal(HOSTED, HOSTED))
                    signal.raise_signal(signal.SIGTERM)
        finally:
            # Where nobody shares the database nobody waits for the lease: no reason to wait for a lock.
            if self.leads and self._shared:
                with suppress(DatabaseAwayError):
                    await self._lease.give_back()

    def _may_take(self, seen: Seen | None) -> bool:
        return not self._shared or seen is None or seen.holder in ("", self._lease.holder)

    async def _falls_silent(self, seen: Seen) -> bool:
        """Whether the holder gives no sign of life for as long as that counts as dead."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            await asyncio.sleep(_EVERY / 2)
            if await self._lease.look() != seen:
                return False
        return True

    async def _win(self) -> None:
        seen, since = None, time.monotonic()
        while True:
            try:
                found = await self._lease.look()
                if found != seen:
                    seen, since = found, time.monotonic()
                silent = time.monotonic() - since > PATIENCE
                free = found is None or found.holder == ""
                if (free or silent) and await self._lease.take(found):
                    return
            except DatabaseAwayError:
                # Nobody could give a sign of life meanwhile.
                seen, since = None, time.monotonic()
            await asyncio.sleep(_EVERY / 2)

    async def _hold(self) -> None:
        """Until the lease is lost. Where nobody shares the database, nobody needs to hear that we live."""
        if not self._shared:
            await self._lease.lost.wait()
            return
        while not self._lease.lost.is_set():
            with suppress(LeaseLostError, DatabaseAwayError):
                await self._lease.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lease.lost.wait(), _EVERY)


def _refusal(theirs: str, ours: str) -> str:
    if HOSTED not in (theirs, ours):
        return (
            f"another control API on this database keeps its fleet at {theirs}, and this one is told {ours}: "
            "set BOTYARD_FLEET_REMOTE to the same address for both"
        )
    return (
        "another control API runs on this database, and a fleet repository that Botyard hosts itself can be "
        "written by one alone: set BOTYARD_FLEET_REMOTE to the same remote for both, give this one a "
        "database of its own, or stop the other"
    )
