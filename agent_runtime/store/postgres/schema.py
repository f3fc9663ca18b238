"""The runtime's tables in Postgres, made and brought up to date by whoever comes first.

`botyard_runtime` has the tables. `botyard_ledger` has a view of each ledger table with the rows of the bot
that the session is for, so that the ledger's SQL is that of a bot's own file. The role of a bot's pod sees no
others: row security holds it to them, whatever it says it is for.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg

from agent_runtime.store.errors import StoreFormatError

TABLES, LEDGERS = "botyard_runtime", "botyard_ledger"
INBOX_TABLES = {"bot": "id", "mail": "bot", "report": "bot"}
LEDGER_TABLES = ("turns", "steps", "parts", "reservations", "spend", "people", "notes")
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('botyard/schema', 0))"

_BASE: LiteralString = """
CREATE SCHEMA botyard_runtime;
CREATE SCHEMA botyard_ledger;
SET LOCAL search_path = botyard_runtime;
CREATE TABLE version (number INTEGER NOT NULL);
INSERT INTO version VALUES (0);
-- Its names are bound here and now: in a body in quotes they would be the caller's to choose, by search_path.
CREATE FUNCTION role_of(bot TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
  RETURN 'bot_' || left(encode(sha256(convert_to(bot, 'UTF8')), 'hex'), 40);
CREATE TABLE bot (
  id TEXT COLLATE "C" PRIMARY KEY,
  revision TEXT NOT NULL,
  summary TEXT NOT NULL
);
CREATE TABLE mail (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bot TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  channel TEXT NOT NULL,
  conversation TEXT NOT NULL,
  sender TEXT NOT NULL,
  payload TEXT NOT NULL,
  received_at DOUBLE PRECISION NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  closed_at DOUBLE PRECISION,
  aside TEXT,
  UNIQUE (bot, key)
);
CREATE INDEX mail_waiting ON mail (seq) WHERE closed_at IS NULL;
CREATE INDEX mail_closed ON mail (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE report (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT COLLATE "C" NOT NULL,
  kind TEXT NOT NULL,
  bot TEXT COLLATE "C" NOT NULL,
  at DOUBLE PRECISION NOT NULL,
  data TEXT NOT NULL,
  UNIQUE (bot, id)
);
CREATE TABLE turns (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  rowid BIGINT GENERATED ALWAYS AS IDENTITY,
  key TEXT COLLATE "C" NOT NULL,
  conversation TEXT NOT NULL,
  channel TEXT NOT NULL,
  sender TEXT NOT NULL,
  text TEXT NOT NULL,
  at DOUBLE PRECISION NOT NULL,
  state TEXT NOT NULL,
  reply TEXT NOT NULL DEFAULT '',
  finish TEXT NOT NULL DEFAULT '',
  usage TEXT NOT NULL DEFAULT '{}',
  remembered INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bot, key)
);
CREATE INDEX turns_conversation ON turns (bot, conversation, remembered, at);
CREATE INDEX turns_sender ON turns (bot, sender, at);
CREATE INDEX turns_at ON turns (bot, at);
CREATE INDEX turns_unsent ON turns (bot, conversation, at) WHERE state = 'answered';
CREATE TABLE steps (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  key TEXT COLLATE "C" NOT NULL,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (bot, key, n)
);
CREATE TABLE parts (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  key TEXT COLLATE "C" NOT NULL,
  n INTEGER NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  platform_id TEXT,
  PRIMARY KEY (bot, key, n)
);
CREATE TABLE reservations (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  id BIGINT NOT NULL,
  key TEXT NOT NULL,
  day TEXT NOT NULL,
  tokens BIGINT NOT NULL,
  usd DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (bot, id)
);
CREATE TABLE spend (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  day TEXT COLLATE "C" NOT NULL,
  model TEXT COLLATE "C" NOT NULL,
  calls BIGINT NOT NULL,
  tokens_in BIGINT NOT NULL,
  tokens_out BIGINT NOT NULL,
  unpriced_tokens BIGINT NOT NULL,
  usd DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (bot, day, model)
);
CREATE TABLE people (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  rowid BIGINT GENERATED ALWAYS AS IDENTITY,
  sender TEXT COLLATE "C" NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  since DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (bot, sender)
);
CREATE TABLE notes (
  bot TEXT COLLATE "C" NOT NULL DEFAULT current_setting('botyard.bot'),
  name TEXT COLLATE "C" NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (bot, name)
);
"""


def _guarded(table: str, column: str) -> str:
    return (
        f"ALTER TABLE {TABLES}.{table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY own ON {TABLES}.{table} USING ({TABLES}.role_of({column}) = current_user);"
    )


def _view(table: str) -> str:
    head = f"CREATE VIEW {LEDGERS}.{table} WITH (security_invoker = true, check_option = local)"
    return f"{head} AS SELECT * FROM {TABLES}.{table} WHERE bot = current_setting('botyard.bot');"  # noqa: S608


_FIRST = (
    _BASE
    + "".join(_guarded(table, column) for table, column in INBOX_TABLES.items())
    + "".join(_guarded(table, "bot") + _view(table) for table in LEDGER_TABLES)
)
# Each brings the tables from the number of those before it to the next. What was released is not changed.
_CHANGES = (_FIRST,)


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make the tables or bring them up to date, inside a transaction; several may come at once.

    Raises StoreFormatError where a later version of Botyard has been here.
    """
    if (found := _version(connection)) < len(_CHANGES):
        connection.execute(_LOCK)
        found = _version(connection)
    if found > len(_CHANGES):
        raise StoreFormatError(
            f"The database's tables have format {found}, this Botyard reads {len(_CHANGES)}. "
            "Upgrade Botyard, or restore the backup that belongs to this version."
        )
    for change in _CHANGES[found:]:
        connection.execute(change.encode())
    if found < len(_CHANGES):
        connection.execute("UPDATE botyard_runtime.version SET number = %s", (len(_CHANGES),))


def _version(connection: psycopg.Connection[Any]) -> int:
    there = connection.execute("SELECT to_regclass('botyard_runtime.version') IS NOT NULL").fetchone()
    if there is None or not there[0]:
        return 0
    row = connection.execute("SELECT number FROM botyard_runtime.version").fetchone()
    return 0 if row is None else int(row[0])
