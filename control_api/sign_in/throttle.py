"""Wrong tokens and codes are counted by source, in the database, and answered 429 once there are too many.

A right token always passes: it cannot be guessed, and a stranger's tries must not lock its owner out.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from control_api.database import Database
from control_api.kit.problems import NotSignedInError, TooManyTriesError
from control_api.models import WrongTry, now

ALLOWED = 10
WINDOW = timedelta(minutes=1)


async def refuse(database: Database, source: str, error: NotSignedInError) -> Exception:
    """Counts a wrong try; the error to answer it with."""
    moment = now()
    async with database.reading() as session:
        row = await session.get(WrongTry, source)
    if row is not None and _blocked(row, moment):
        # Nothing is written once a source is blocked, so that trying on costs the attacker more than us.
        return TooManyTriesError(_seconds_left(row, moment))
    async with database.writing() as session:
        row = await session.get(WrongTry, source)
        if row is None or moment - row.since > WINDOW:
            row = row or WrongTry(source=source, since=moment)
            row.count, row.since = 0, moment
        row.count += 1
        session.add(row)
    return error


def _blocked(row: WrongTry, moment: datetime) -> bool:
    return row.count >= ALLOWED and moment - row.since <= WINDOW


def _seconds_left(row: WrongTry, moment: datetime) -> int:
    return max(1, int((row.since + WINDOW - moment).total_seconds()))
