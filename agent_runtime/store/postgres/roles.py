"""The role of one bot, for a pod that is to see its own rows only."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql

from agent_runtime.store.postgres.schema import INBOX_TABLES, LEDGER_TABLES, LEDGERS, TABLES


def role_of(bot: str) -> str:
    """Its name: a bot's id may be longer than a name in Postgres. The tables' `role_of` says the same."""
    return f"bot_{hashlib.sha256(bot.encode()).hexdigest()[:40]}"


def make_role(connection: psycopg.Connection[Any], bot: str, password: str) -> str:
    """Make the role, or give it another password; its name. For who owns the tables and may make roles."""
    name = role_of(bot)
    role = sql.Identifier(name)
    if not _is_there(connection, name):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(role))
    # Only a digest of the password travels, so that it is in no log of the server.
    connection.pgconn.change_password(name.encode(), password.encode())
    for right, thing in _rights():
        connection.execute(sql.SQL("GRANT {} {} TO {}").format(sql.SQL(right), thing, role))
    return name


def end_role(connection: psycopg.Connection[Any], bot: str) -> None:
    """End the role, and forget all that the bot kept but what it has still to report."""
    name = role_of(bot)
    role = sql.Identifier(name)
    kept = {"bot": "id", **dict.fromkeys(("mail", *LEDGER_TABLES), "bot")}
    with connection.transaction():
        for table, column in kept.items():
            place = sql.Identifier(TABLES, table)
            erase = sql.SQL("DELETE FROM {} WHERE {} = %s").format(place, sql.Identifier(column))
            connection.execute(erase, (bot,))
        if _is_there(connection, name):
            for right, thing in _rights():
                connection.execute(sql.SQL("REVOKE {} {} FROM {}").format(sql.SQL(right), thing, role))
            # Roles are of the whole server: another installation on it may have given this one rights, too.
            with suppress(errors.DependentObjectsStillExist), connection.transaction():
                connection.execute(sql.SQL("DROP ROLE {}").format(role))


def _is_there(connection: psycopg.Connection[Any], name: str) -> bool:
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is not None


def _rights() -> list[tuple[LiteralString, sql.Identifier]]:
    rights: list[tuple[LiteralString, sql.Identifier]] = [
        ("USAGE ON SCHEMA", sql.Identifier(schema)) for schema in (TABLES, LEDGERS)
    ]
    rights.append(("SELECT ON", sql.Identifier(TABLES, "version")))
    for schema, tables in ((TABLES, (*INBOX_TABLES, *LEDGER_TABLES)), (LEDGERS, LEDGER_TABLES)):
        rights += [("SELECT, INSERT, UPDATE, DELETE ON", sql.Identifier(schema, table)) for table in tables]
    return rights
