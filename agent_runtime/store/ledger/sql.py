"""The ledger in SQL that SQLite and Postgres share."""

from __future__ import annotations

from agent_runtime.store.backend import Backend
from agent_runtime.store.ledger.database import Database
from agent_runtime.store.ledger.sql_people import SqlPeople
from agent_runtime.store.ledger.sql_spend import SqlSpend
from agent_runtime.store.ledger.sql_turns import SqlOutbox, SqlTurns


class SqlLedger:
    """A `Ledger` on one connection."""

    def __init__(self, backend: Backend) -> None:
        self._database = Database(backend)
        self.turns = SqlTurns(self._database)
        self.outbox = SqlOutbox(self._database)
        self.spend = SqlSpend(self._database)
        self.people = SqlPeople(self._database)

    async def aclose(self) -> None:
        await self._database.aclose()
