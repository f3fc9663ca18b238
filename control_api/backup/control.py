"""The control API's database as rows, alike from SQLite and Postgres: either can be restored to either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Insert,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from control_api import models
from control_api.backup.errors import BackupError
from control_api.dialects import NEXT_WRITER
from control_api.migrating import upgrade

T = TypeVar("T")
Row = tuple[str, Mapping[str, Any]]

_VERSION = "alembic_version"
# Signing in again is cheap; a session that was ended since must not come back to life. Who leads is settled
# anew by those that are there.
_PASSING = (models.WebSession, models.SignInCode, models.Lease)
LEFT_OUT = frozenset({_VERSION, *(str(model.__tablename__) for model in _PASSING)})
_BATCH = 1000


@contextmanager
def snapshot(url: str, pinned: Callable[[], T]) -> Iterator[tuple[Connection, T]]:
    """The database at one moment, and what `pinned` returned at that moment.

    Writers wait for a few milliseconds meanwhile. The committer stores what it is about to move before it
    moves a branch, so a fleet read at that moment is one that a crash could have left: the next start ends
    what was under way.
    """
    engine = _engine(url)
    try:
        with engine.connect() as holder, engine.connect() as reader:
            _hold_writers(holder)
            revision(reader)  # The first query fixes what the reader sees.
            found = pinned()
            holder.rollback()
            yield reader, found
    finally:
        engine.dispose()


def revision(connection: Connection) -> str:
    """The migration that the tables are at."""
    return str(connection.execute(text(f"SELECT version_num FROM {_VERSION}")).scalar_one())  # noqa: S608


def rows(connection: Connection) -> Iterator[Row]:
    """Every row that is kept, tables in the order in which they refer to each other."""
    for table in _tables(connection):
        query = select(*(cast(c, Text).label(c.name) if _is_json(c) else c for c in table.c))
        if keys := list(table.primary_key):
            query = query.order_by(*keys)
        found = connection.execution_options(yield_per=_BATCH).execute(query)
        for row in found.mappings():
            yield table.name, {name: _plain(value) for name, value in row.items()}


def is_empty(url: str) -> bool:
    """Whether no Botyard has ever used the database."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return not inspect(connection).has_table(_VERSION)
    finally:
        engine.dispose()


def write(url: str, at: str, found: Iterable[Row]) -> None:
    """Fills an empty database, at the migration `at`; the next start takes it to the newest.

    On an error nothing is left in it.
    """
    upgrade(url, at)
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            try:
                _fill(connection, found)
                connection.commit()
            except BaseException:
                connection.rollback()
                _all(connection).drop_all(connection)
                connection.commit()
                raise
    finally:
        engine.dispose()


def _fill(connection: Connection, found: Iterable[Row]) -> None:
    tables = {table.name: table for table in _tables(connection)}
    for (name, columns), group in groupby(found, key=lambda row: (row[0], tuple(row[1]))):
        table = tables.get(name)
        if table is None or not set(columns) <= set(table.c.keys()):
            raise BackupError(f"The backup's table {name} is not one that this Botyard knows: upgrade it.")
        statement = _insert(table, columns, connection.dialect.name)
        while batch := [_typed(table, row, connection) for _, row in islice(group, _BATCH)]:
            connection.execute(statement, batch)
    if connection.dialect.name == "postgresql":
        for table in tables.values():
            _continue_numbers(connection, table)


def _insert(table: Table, columns: Iterable[str], dialect: str) -> Insert:
    """JSON goes in as the text it was, so that an absent value and a `null` stay two things."""
    values: dict[str, Any] = {}
    for name in columns:
        column = table.c[name]
        if not _is_json(column):
            values[name] = bindparam(name)
        else:
            value = bindparam(name, type_=Text)
            values[name] = cast(value, column.type) if dialect == "postgresql" else value
    return table.insert().values(values)


def _typed(table: Table, row: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    return {name: _value(table.c[name].type, value, connection) for name, value in row.items()}


def _value(kind: Any, value: Any, connection: Connection) -> Any:
    if not isinstance(kind, DateTime) or value is None:
        return value
    moment = datetime.fromisoformat(value)
    # SQLite keeps no zone; all its times are in UTC.
    return moment.replace(tzinfo=None) if connection.dialect.name == "sqlite" else moment


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Numbers that Postgres gives go on after the highest that is there."""
    for column in table.primary_key:
        sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
        highest = connection.execute(select(func.max(column))).scalar() if sequence else None
        if highest is not None:
            connection.execute(select(func.setval(sequence, highest)))


def _plain(value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _is_json(column: Any) -> bool:
    return isinstance(column.type, JSON)


def _all(connection: Connection) -> MetaData:
    """Our tables as they are, which may be those of an older Botyard."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in SQLModel.metadata.tables or name == _VERSION)
    return metadata


def _tables(connection: Connection) -> list[Table]:
    return [table for table in _all(connection).sorted_tables if table.name not in LEFT_OUT]


def _hold_writers(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execution_options(botyard_holding=True).begin()
    else:
        connection.execute(text(NEXT_WRITER))


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed.set(drivername="sqlite"))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(parsed.set(drivername="postgresql+psycopg"), isolation_level="REPEATABLE READ")


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")


def _begin_sqlite(connection: Connection) -> None:
    holding = connection.get_execution_options().get("botyard_holding")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if holding else "BEGIN")
