"""The inbox in Postgres."""

from __future__ import annotations

from agent_runtime.store.backend import Connection
from agent_runtime.store.inbox_sql import SqlInbox
from agent_runtime.store.postgres.schema import LEDGER_TABLES
from agent_runtime.store.postgres.session import Session


class PostgresInbox(SqlInbox):
    """An `Inbox`; made with a running event loop. It connects at its first call.

    With `bot` it is the inbox of that bot's pod: the part that its role sees, held by one pod at a time.
    """

    def __init__(self, url: str, bot: str | None = None) -> None:
        super().__init__(Session(url, inbox_of=bot))

    async def remove_bot(self, bot: str) -> None:
        def job(connection: Connection) -> None:
            connection.execute("DELETE FROM bot WHERE id = ?", (bot,))
            for table in ("mail", *LEDGER_TABLES):
                connection.execute(f"DELETE FROM {table} WHERE bot = ?", (bot,))  # noqa: S608

        await self._writer.run(job)
