"""The shared SQL as Postgres wants it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg

from agent_runtime.store.backend import Rows

_CONFLICT = "ON CONFLICT ("


@lru_cache(256)
def translated(statement: str, of_bot: bool) -> bytes:
    """Another placeholder; and what is unique in a bot's own file is so for each bot in shared tables."""
    text = statement.replace("%", "%%").replace("?", "%s")
    return (text.replace(_CONFLICT, f"{_CONFLICT}bot, ") if of_bot else text).encode()


class Dialect:
    """A `Connection` in a transaction of Postgres; `of_bot` where it sees the rows of one bot only."""

    def __init__(self, connection: psycopg.Connection[Any], of_bot: bool) -> None:
        self._connection = connection
        self._of_bot = of_bot

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Rows:
        return self._connection.execute(translated(statement, self._of_bot), values)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(translated(statement, self._of_bot), rows)
