"""One connection to Postgres that is renewed: bounded waits, one holder of a name at a time.

No answer is waited for longer than `PATIENCE`, be it of a server that takes connections and says nothing.
While the server is away, calls fail at once and a new connection is tried ever more rarely.
"""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from psycopg import errors
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent_runtime.store.backend import Connection, Result
from agent_runtime.store.errors import HeldElsewhereError, StoreAwayError, StoreFullError, StoreRoleError
from agent_runtime.store.postgres.dialect import Dialect
from agent_runtime.store.postgres.roles import role_of
from agent_runtime.store.postgres.schema import LEDGERS, TABLES, prepare

log = structlog.get_logger()
# What the driver could not tidy up on a connection that we give up anyway.
logging.getLogger("psycopg").addHandler(logging.NullHandler())

PATIENCE = 5.0  # seconds that the server has for one answer
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0  # seconds between tries to connect
_MILLISECONDS = int(PATIENCE * 1000)
# The server, too, gives up what takes too long, and notices a client that is gone without a word.
_OPTIONS = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "statement_timeout": _MILLISECONDS,
        # Before we give up ourselves, so that it is known what was waited for.
        "lock_timeout": _MILLISECONDS - 1000,
        "idle_in_transaction_session_timeout": 4 * _MILLISECONDS,
        "client_connection_check_interval": 1000,
        "tcp_keepalives_idle": 10,
        "tcp_keepalives_interval": 5,
        "tcp_keepalives_count": 3,
    }.items()
)
_DEFAULTS: dict[str, Any] = {
    "connect_timeout": int(PATIENCE),
    "tcp_user_timeout": _MILLISECONDS,
    "application_name": "botyard",
    # After a failover, the server to write to is another of those that the URL names.
    "target_session_attrs": "read-write",
}
_AWAY = "the database does not answer; try again in a moment"
_FULL = "the database is full: free some room; nothing was kept of this call"
# Held by the session: a connection that was given up, and may still have a commit on its way, is waited for.
_HOLD = "SELECT pg_advisory_lock(hashtextextended('botyard/' || %s, 0))"
_HELD = "another pod of this bot is at work; it is waited for"
_ROLE = "SELECT rolname = %s AND NOT rolsuper AND NOT rolbypassrls FROM pg_roles WHERE rolname = current_user"
_TRY = "SELECT pg_try_advisory_lock(hashtextextended('botyard/' || %s, 0))"
_INBOX = "inbox"
_SETTLE = (
    "SELECT set_config('search_path', %s, false), set_config('botyard.bot', %s, false),"
    " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"
)


class Session:
    """A `Backend` that connects when first used: of a bot's ledger where `bot` is told, else of the inbox.

    With `inbox_of`, of the inbox of that bot alone: by the bot's own role, or StoreRoleError is raised.
    """

    def __init__(self, url: str, bot: str | None = None, *, inbox_of: str | None = None) -> None:
        self._url, self._bot, self._inbox_of = url, bot, inbox_of
        self._connection: _Impatient | None = None
        self._wait = 0.0
        self._not_before = 0.0

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        connection = self._connection or self._connect()
        try:
            result = self._transact(connection, work)
        except errors.DiskFull:
            self._undo(connection)
            raise StoreFullError(_FULL) from None
        except psycopg.errors.PipelineAborted:
            # Something else of the same commit failed; the connection is as good as before.
            self._undo(connection)
            raise
        except (psycopg.OperationalError, errors.ReadOnlySqlTransaction) as error:
            raise self._lost(connection, error) from None
        except BaseException:
            self._undo(connection)
            raise
        return result

    def _transact(self, connection: _Impatient, work: Callable[[Connection], Result]) -> Result:
        # The inbox's work looks at what it changed after the commit only, so that its statements go out one
        # after the other without waiting; the ledger's looks at once.
        with connection.pipeline() if self._bot is None else contextlib.nullcontext():
            connection.execute("BEGIN")
            result = work(Dialect(connection, self._bot is not None))
            connection.execute("COMMIT")
        return result

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> _Impatient:
        if time.monotonic() < self._not_before:
            raise StoreAwayError(_AWAY)
        try:
            connection = _Impatient.connect(_address(self._url), autocommit=True)
        except psycopg.Error as error:
            raise self._lost(None, error) from None
        try:
            self._settle(connection)
        except errors.LockNotAvailable:
            # The server has waited for it all the while, so it is tried again at once.
            connection.close()
            raise HeldElsewhereError(_HELD) from None
        except psycopg.Error as error:
            raise self._lost(connection, error) from None
        except BaseException:
            connection.close()
            raise
        if self._wait and self._bot is None:
            log.info("database_back")
        self._connection, self._wait = connection, 0.0
        return connection

    def _settle(self, connection: _Impatient) -> None:
        connection.execute(_HOLD, (self._name(),))
        with connection.transaction():
            prepare(connection)
        if self._inbox_of is not None:
            _check_role(connection, self._inbox_of)
        schema = TABLES if self._bot is None else LEDGERS
        connection.execute(_SETTLE, (schema, self._bot or ""))

    def _name(self) -> str:
        if self._bot is not None:
            return f"ledger/{self._bot}"
        return _INBOX if self._inbox_of is None else f"inbox/{self._inbox_of}"

    def _undo(self, connection: _Impatient) -> None:
        try:
            connection.execute("ROLLBACK")
        except psycopg.Error as error:
            self._lost(connection, error)

    def _lost(self, connection: _Impatient | None, error: Exception) -> StoreAwayError:
        """Give the connection up, and say when to try for another; several processes at several moments."""
        if connection is not None:
            connection.close()
        self._connection = None
        if not self._wait and self._bot is None:  # A bot's own log is its owner's, who can do nothing here.
            log.warning("database_away", reason=self._without_password(_first_words(error)))
        self._wait = min(max(self._wait * 2, _FIRST_WAIT), _LONGEST_WAIT)
        self._not_before = time.monotonic() + self._wait * random.uniform(0.5, 1)  # noqa: S311
        return StoreAwayError(_AWAY)

    def _without_password(self, text: str) -> str:
        password = conninfo_to_dict(plain(self._url)).get("password")
        return text.replace(str(password), "…") if password else text


def _check_role(connection: psycopg.Connection[Any], bot: str) -> None:
    """Row security keeps a bot to its own rows, if it comes as itself and nobody has exempted it."""
    wanted = role_of(bot)
    found = connection.execute(_ROLE, (wanted,)).fetchone()
    if found is None or not found[0]:
        raise StoreRoleError(
            f"a pod comes to the database by its bot's own role, which is {wanted} for {bot}: make that role "
            "and let BOTYARD_DATABASE_URL name it, or no user at all"
        )


def inbox_is_served(url: str) -> bool:
    """Whether a runtime has the inbox of the database just now; psycopg.Error where nobody can tell."""
    with psycopg.connect(_address(url), autocommit=True) as connection:
        # Whoever gets it gives it back with the connection, at once.
        row = connection.execute(_TRY, (_INBOX,)).fetchone()
    return row is not None and not row[0]


def _first_words(error: BaseException) -> str:
    """Why it began: what failed since, such as leaving the pipeline, says less."""
    while error.__context__ is not None:
        error = error.__context__
    return f"{type(error).__name__.strip('_')}: {str(error).partition(chr(10))[0]}"


class _Impatient(psycopg.Connection[tuple[Any, ...]]):
    """Waits no longer than `PATIENCE` for an answer; then it is of no more use."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, PATIENCE if timeout is None else timeout)


def plain(url: str) -> str:
    """The URL as the driver itself reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _address(url: str) -> str:
    """What the URL says, with our own wishes where it says nothing."""
    try:
        told = conninfo_to_dict(plain(url))
    except psycopg.ProgrammingError:
        # The reason would repeat the URL.
        raise ValueError("BOTYARD_DATABASE_URL is no URL: percent-encode what is special in it") from None
    options = f"{_OPTIONS} {told.pop('options', None) or ''}".strip()
    return make_conninfo("", **{**_DEFAULTS, **told, "options": options})
