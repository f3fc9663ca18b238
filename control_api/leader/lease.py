"""The lease in the database: who holds it, by which epoch, and whether they still live.

No clock is compared. The holder counts `beat` up, and whoever waits for the lease watches by its own
monotonic timer whether it still counts. Taking it over counts `epoch` up, in a transaction that finds the row
just as it was seen; from then on every writing transaction of the former holder is refused, for each begins
with a beat of its own epoch.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlmodel import col, func, update
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api import models
from control_api.database import Database


class LeaseLostError(ConnectionError):
    """The lease has passed to another; nothing of the transaction was done."""

    def __init__(self) -> None:
        super().__init__("another control API leads now")


@dataclass(frozen=True)
class Seen:
    """The lease as it was when somebody looked."""

    holder: str
    fleet: str
    epoch: int
    beat: int


class Lease:
    """The lease as one control API has it; `epoch` is None while it does not."""

    def __init__(self, database: Database, holder: str, fleet: str) -> None:
        self.holder = holder
        self.fleet = fleet
        self.epoch: int | None = None
        self.lost = asyncio.Event()
        self._database = database

    async def look(self) -> Seen | None:
        """Who holds it; None if nobody ever did."""
        async with self._database.reading() as session:
            return _seen(await session.get(models.Lease, models.Lease.ONLY))

    async def take(self, seen: Seen | None) -> bool:
        """Takes the lease, if it still is as it was seen; whether it did."""
        async with self._database.writing() as session:
            row = await session.get(models.Lease, models.Lease.ONLY)
            if _seen(row) != seen:
                return False
            epoch = (seen.epoch if seen else 0) + 1
            if row is not None:
                await session.delete(row)
                await session.flush()
            taken = models.Lease(holder=self.holder, fleet=self.fleet, epoch=epoch, beaten_at=models.now())
            session.add(taken)
        self.epoch = epoch
        self.lost.clear()
        return True

    async def check(self, session: AsyncSession) -> None:
        """Refuses the transaction unless the lease is ours; a transaction of ours says that we live."""
        ours = (col(models.Lease.epoch) == self.epoch) & (col(models.Lease.holder) == self.holder)
        beat = update(models.Lease).where(ours)
        done = await session.exec(beat.values(beat=col(models.Lease.beat) + 1, beaten_at=func.now()))
        if self.epoch is None or done.rowcount != 1:
            self.lost.set()
            raise LeaseLostError

    async def beat(self) -> None:
        """Says that we live; LeaseLostError if the lease is ours no more."""
        async with self._database.writing() as session:
            await self.check(session)

    async def give_back(self) -> None:
        """Lets another take it at once."""
        ours = (col(models.Lease.epoch) == self.epoch) & (col(models.Lease.holder) == self.holder)
        async with self._database.writing() as session:
            await session.exec(update(models.Lease).where(ours).values(holder=""))
        self.epoch = None


def _seen(row: models.Lease | None) -> Seen | None:
    return Seen(row.holder, row.fleet, row.epoch, row.beat) if row is not None else None
