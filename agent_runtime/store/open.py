"""Which stores there are by the settings: files in the home, or the database of `BOTYARD_DATABASE_URL`.

Postgres is imported only where it is used.
"""

from __future__ import annotations

import importlib

from agent_runtime.settings import RuntimeSettings
from agent_runtime.store.inbox import Inbox
from agent_runtime.store.inbox_sqlite import SqliteInbox, check_format
from agent_runtime.store.ledger import Ledger, create, open_ledger


def warm(settings: RuntimeSettings) -> None:
    """Import what a worker will need, before it is forked."""
    if settings.postgres is not None:
        importlib.import_module("agent_runtime.store.postgres")


def open_inbox(settings: RuntimeSettings, bot: str | None = None) -> Inbox:
    """The inbox of all bots, for the dispatcher, or of the one `bot` of a pod; with a running event loop."""
    if (url := settings.postgres) is not None:
        from agent_runtime.store.postgres import PostgresInbox

        return PostgresInbox(url, bot)
    return SqliteInbox(settings.paths.mail_database)


def check_inbox(settings: RuntimeSettings) -> None:
    """Raise StoreFormatError where this version can't read it; nothing is opened for writing."""
    if settings.postgres is None:
        check_format(settings.paths.mail_database)


def inbox_is_served(url: str) -> bool:
    """Whether another runtime has the inbox of this Postgres; False while the server does not answer."""
    import psycopg

    from agent_runtime.store.postgres import inbox_is_served as is_served

    try:
        return is_served(url)
    except psycopg.Error:
        return False


def make_ledger_of(settings: RuntimeSettings, bot: str) -> None:
    """Make a bot's ledger at deploy, where that saves its first message time."""
    if settings.postgres is None:
        create(settings.paths.bot(bot) / "bot.db")


def open_ledger_of(settings: RuntimeSettings, bot: str) -> Ledger:
    """A bot's ledger, for its only worker; in the process that uses it."""
    if (url := settings.postgres) is not None:
        from agent_runtime.store.postgres import PostgresLedger

        return PostgresLedger(url, bot)
    return open_ledger(settings.paths.bot(bot) / "bot.db")
