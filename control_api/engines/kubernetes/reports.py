"""Reports that bots in pods leave in the database that they share with us.

Each pod writes its own, so numbers may become visible out of order: what was read is acknowledged, and
nothing by being below a number.
"""

from __future__ import annotations

import json

from sqlalchemy import bindparam, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from agent_runtime.hive_client import HiveAwayError, Json

_THERE = text("SELECT to_regclass('botyard_runtime.report') IS NOT NULL")
_READ = text("SELECT seq, id, kind, bot, at, data FROM botyard_runtime.report ORDER BY seq LIMIT :limit")
_FORGET = text("DELETE FROM botyard_runtime.report WHERE seq IN :seen").bindparams(
    bindparam("seen", expanding=True)
)


class ReportTable:
    """The table of reports."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._seen: list[int] = []

    async def read(self, limit: int) -> list[Json]:
        """The oldest reports; HiveAwayError while the database does not answer."""
        try:
            async with self._engine.connect() as connection:
                if not (await connection.execute(_THERE)).scalar_one():
                    return []
                rows = (await connection.execute(_READ, {"limit": limit})).all()
        except SQLAlchemyError as error:
            raise HiveAwayError(f"the database does not answer: {type(error).__name__}") from error
        self._seen = [row.seq for row in rows]
        return [{**row._mapping, "data": json.loads(row.data)} for row in rows]

    async def acknowledge(self, upto: int) -> None:
        """The reports that were read last, up to this number, are counted and can go."""
        seen = [each for each in self._seen if each <= upto]
        try:
            async with self._engine.begin() as connection:
                await connection.execute(_FORGET, {"seen": seen})
        except SQLAlchemyError as error:
            raise HiveAwayError(f"the database does not answer: {type(error).__name__}") from error

    async def aclose(self) -> None:
        await self._engine.dispose()
