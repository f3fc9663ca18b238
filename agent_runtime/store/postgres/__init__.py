"""The stores in a Postgres database: shared tables, told apart by their column `bot`.

Imported only where Postgres is used, for its driver costs memory.
"""

from __future__ import annotations

from agent_runtime.store.postgres.inbox import PostgresInbox
from agent_runtime.store.postgres.ledger import PostgresLedger
from agent_runtime.store.postgres.roles import allow_pods, end_role, make_role, role_of
from agent_runtime.store.postgres.session import inbox_is_served

__all__ = [
    "PostgresInbox",
    "PostgresLedger",
    "allow_pods",
    "end_role",
    "inbox_is_served",
    "make_role",
    "role_of",
]
