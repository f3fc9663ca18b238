"""A bot's ledger in Postgres."""

from __future__ import annotations

from agent_runtime.store.ledger.sql import SqlLedger
from agent_runtime.store.postgres.session import Session


class PostgresLedger(SqlLedger):
    """The rows of one bot; it connects when first asked for something."""

    def __init__(self, url: str, bot: str) -> None:
        super().__init__(Session(url, bot))
