"""The ledger on SQLite: one `bot.db` a bot."""

from __future__ import annotations

from pathlib import Path

from agent_runtime.store.ledger.database import Database, make
from agent_runtime.store.ledger.sqlite_people import SqlitePeople
from agent_runtime.store.ledger.sqlite_spend import SqliteSpend
from agent_runtime.store.ledger.sqlite_turns import SqliteOutbox, SqliteTurns


class SqliteLedger:
    """A ledger in one file. Opening one that exists costs well under a millisecond."""

    def __init__(self, path: Path | str) -> None:
        self._database = Database(path)
        self.turns = SqliteTurns(self._database)
        self.outbox = SqliteOutbox(self._database)
        self.spend = SqliteSpend(self._database)
        self.people = SqlitePeople(self._database)

    async def aclose(self) -> None:
        await self._database.aclose()


def create(path: Path | str) -> None:
    """Make a bot's ledger at deploy, so that its first message finds it; one that exists is kept."""
    make(Path(path))


def open_ledger(path: Path | str) -> SqliteLedger:
    """The ledger in a file, made if it is missing. For the bot's only worker; in the process that uses it."""
    if not Path(path).exists():
        make(Path(path))
    return SqliteLedger(path)


def memory_ledger() -> SqliteLedger:
    """A ledger that keeps nothing, for draft turns of bots that are not deployed."""
    return SqliteLedger(":memory:")
