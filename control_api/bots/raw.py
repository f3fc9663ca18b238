"""Rows of bots as they are stored, whatever somebody or something has made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, select
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.models import Bot
from control_api.models.bot import CHECKED, checksum


async def forget_unreadable(session: AsyncSession) -> None:
    """Drops rows that cannot even be read, before they are stored anew."""
    broken = [each.id for each in await raw_rows(session) if each.values is None]
    await session.exec(delete(Bot).where(col(Bot.id).in_(broken)))


@dataclass(frozen=True)
class RawRow:
    """A row as it is stored. `values` are those of `CHECKED`, None where they are not JSON."""

    id: str
    checksum: str | None
    values: tuple[Any, ...] | None

    @property
    def version(self) -> str | None:
        """The version that it shows."""
        return self.values[CHECKED.index("version")] if self.values is not None else None

    @property
    def is_promised(self) -> bool:
        """Whether its first commit is still to come."""
        return self.values is not None and self.version is None

    @property
    def is_gone(self) -> bool:
        """Whether it is off `main` and still runs."""
        return self.values is not None and bool(self.values[CHECKED.index("gone")])

    @property
    def is_damaged(self) -> bool:
        """Whether it is not as it was written. Rows of before there were checksums cannot tell."""
        if self.values is None:
            return True
        return self.checksum is not None and self.checksum != checksum(*self.values)


_AS_JSON = frozenset({"spec", "secrets", "held"})


async def raw_rows(session: AsyncSession) -> list[RawRow]:
    """Every row, read so that one that is damaged hinders no other."""
    columns = [cast(getattr(Bot, name), Text) if name in _AS_JSON else getattr(Bot, name) for name in CHECKED]
    connection = await session.connection()
    found = await connection.execute(select(col(Bot.checksum), *columns))
    return [RawRow(str(row[1]), row[0], _parsed(row[1:])) for row in found]


def _parsed(values: Sequence[Any]) -> tuple[Any, ...] | None:
    try:
        return tuple(
            json.loads(value) if name in _AS_JSON else value
            for name, value in zip(CHECKED, values, strict=True)
        )
    except (ValueError, TypeError):
        return None
