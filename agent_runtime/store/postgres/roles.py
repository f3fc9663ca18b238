"""The role of one bot, for a pod that is to see its own rows only."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from psycopg import sql

from agent_runtime.store.postgres.schema import INBOX_TABLES, LEDGER_TABLES, LEDGERS, TABLES


def role_of(bot: str) -> str:
    """Its name: a bot's id may be longer than a name in Postgres. The tables' `role_of` says the same."""
    return f"bot_{hashlib.sha256(bot.encode()).hexdigest()[:40]}"


def make_role(connection: psycopg.Connection[Any], bot: str, password: str) -> str:
    """Make the role, or give it another password; its name. For who owns the tables and may make roles."""
    name = role_of(bot)
    role = sql.Identifier(name)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(role))
    # Only a digest of the password travels, so that it is in no log of the server.
    connection.pgconn.change_password(name.encode(), password.encode())
    rights = [("USAGE ON SCHEMA", sql.Identifier(schema)) for schema in (TABLES, LEDGERS)]
    rights.append(("SELECT ON", sql.Identifier(TABLES, "version")))
    for schema, tables in ((TABLES, (*INBOX_TABLES, *LEDGER_TABLES)), (LEDGERS, LEDGER_TABLES)):
        rights += [("SELECT, INSERT, UPDATE, DELETE ON", sql.Identifier(schema, table)) for table in tables]
    for right, thing in rights:
        connection.execute(sql.SQL("GRANT {} {} TO {}").format(sql.SQL(right), thing, role))
    return name
