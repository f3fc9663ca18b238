"""What stores need of a database: transactions on one connection. `sqlite3` speaks it as it is.

Statements are written once, in the SQL that SQLite and Postgres share; `postgres/dialect.py` has the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Rows(Protocol):
    """What a statement gave or changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection inside a transaction; values stand for the question marks of a statement."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows: ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object: ...


class Backend(Protocol):
    """One connection, used by one thread at a time."""

    def transact(self, work: Callable[[Connection], Result]) -> Result:
        """Do the work and commit it, or undo it and raise what it raised.

        Raises StoreFullError where there is no room, StoreAwayError where the database does not answer.
        """

    def close(self) -> None: ...
