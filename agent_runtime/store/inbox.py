"""The durable inbox: which bots exist, what waits for them, and what they have to report.

Every call returns after its commit. A message is unique by (bot, key) as long as it is kept: until it is
retired, and `KEPT_FOR` seconds more. One process writes, and its calls take effect in their order.
Every call may raise StoreFullError; where the database is another process's, StoreAwayError too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent_runtime.mail import Mail

KEPT_FOR = 48 * 3600.0


@dataclass(frozen=True, slots=True)
class BotRecord:
    """A registered bot; `summary` is what the dispatcher must know of it without reading its files."""

    bot: str
    revision: str
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """Something the control plane is to know at least once; `id` is what to count it once by."""

    id: str
    kind: str
    bot: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0


class Inbox(Protocol):
    """What the dispatcher needs of a store."""

    async def put_bot(self, record: BotRecord) -> None:
        """Register the bot, or replace its revision."""

    async def remove_bot(self, bot: str) -> None:
        """Forget the bot and all of its mail, and its ledger where that is in the same database.

        Reports stay until they are acknowledged.
        """

    async def bots(self) -> list[BotRecord]: ...

    async def submit(self, mail: Sequence[Mail]) -> list[bool]:
        """Store the messages, in order; for each, whether it is new. All or none."""

    async def waiting(self) -> list[Mail]:
        """Every message neither retired nor set aside, in the order of arrival, with its attempts so far."""

    async def count_attempt(self, bot: str, key: str) -> None:
        """One more attempt at this message ended with its worker's death."""

    async def retire(self, bot: str, key: str, at: float) -> None:
        """The reply has left; the key is kept a while, so that a redelivery is known as one."""

    async def set_aside(self, bot: str, key: str, at: float, reason: str) -> None:
        """Give the message up; it is kept like a retired one, with the reason."""

    async def sweep(self, before: float) -> int:
        """Drop what was retired or set aside before this time; how many."""

    async def report(self, report: Report) -> None:
        """Keep a report; the same id again changes nothing."""

    async def reports(self, after: int, limit: int) -> list[Report]:
        """The reports with `seq` above `after`, in order."""

    async def acknowledge(self, upto: int) -> None:
        """The reports up to this `seq` have been counted and can go."""

    async def aclose(self) -> None: ...
