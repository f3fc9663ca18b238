"""The role of one bot, for a pod that is to see its own rows only."""

from __future__ import annotations

import hashlib
from typing import Any, LiteralString

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
    with connection.transaction():
        group = _group(connection)
        make = "ALTER ROLE {} INHERIT" if _is_there(connection, name) else "CREATE ROLE {} LOGIN INHERIT"
        connection.execute(sql.SQL(make).format(role))
        # Only a digest of the password travels, so that it is in no log of the server.
        connection.pgconn.change_password(name.encode(), password.encode())
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), role))
    return name


def allow_pods(connection: psycopg.Connection[Any]) -> None:
    """Give the roles of all bots their rights on the tables, on those too that are new in this version."""
    with connection.transaction():
        group = sql.Identifier(_group(connection))
        for right, thing in _rights():
            connection.execute(sql.SQL("GRANT {} {} TO {}").format(sql.SQL(right), thing, group))


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
            group = sql.Identifier(_group(connection))
            connection.execute(sql.SQL("REVOKE {} FROM {}").format(group, role))
            # Roles are of the whole server: a bot of this name of another installation has the same one.
            if connection.execute(_IN_A_GROUP, (name,)).fetchone() is None:
                connection.execute(sql.SQL("DROP ROLE {}").format(role))


# Rights of each role on each table would make the list of a table's rights as long as there are bots, and a
# new bot's as slow: a thousand of them a minute of the database's time. So a group has them. A role that
# becomes the group sees no row: none is the group's.
_GROUP = "SELECT 'botyard_pods_' || left(encode(sha256(convert_to(current_database(), 'UTF8')), 'hex'), 16)"
_IN_A_GROUP = "SELECT FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %s)"


def _group(connection: psycopg.Connection[Any]) -> str:
    """The name of the group of this database; it is made, with its rights, where it is missing."""
    [name] = connection.execute(_GROUP).fetchone() or ("",)
    if not _is_there(connection, name):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
        allow_pods(connection)
    return str(name)


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
