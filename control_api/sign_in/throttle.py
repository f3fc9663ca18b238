"""Wrong tokens, codes and passwords are counted in the database, and answered 429 once there are too many.

A right token or code always passes: it cannot be guessed, and a stranger's tries must not lock its owner out.
Passwords can be, so tries of one are limited by name and by address, the right one among them; a sign-in link
always lets its owner in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlmodel.ext.asyncio.session import AsyncSession

from control_api.database import Database
from control_api.kit.problems import NotSignedInError, TooManyTriesError
from control_api.models import WrongTry, now

ALLOWED = 10
WINDOW = timedelta(minutes=1)

# Until when a source is blocked, as far as this process has seen: who goes on guessing costs no look-up then.
# The table is what counts; no source is let through again before the time that it says.
_MOST_REMEMBERED = 10_000
_blocked_until: WeakKeyDictionary[Database, dict[str, datetime]] = WeakKeyDictionary()


async def refuse(database: Database, source: str, error: NotSignedInError) -> Exception:
    """Counts a wrong try; the error to answer it with."""
    moment = now()
    async with database.reading() as session:
        row = await session.get(WrongTry, source)
    if row is not None and _blocked(row, moment):
        # Nothing is written once a source is blocked, so that trying on costs the attacker more than us.
        return TooManyTriesError(_seconds_left(row, moment))
    async with database.writing() as session:
        session.add(_counted(await session.get(WrongTry, source), source, moment))
    return error


def of_name(name: str) -> str:
    """What tries of a user's password are counted by."""
    return f"name {name}"


async def take(database: Database, *sources: str) -> None:
    """Counts a try of a password before it is looked at; 429 if any of the sources has had too many."""
    moment = now()
    remembered = _blocked_until.setdefault(database, {})
    if (until := max(remembered.get(source, moment) for source in sources)) > moment:
        raise TooManyTriesError(_seconds(until - moment))
    async with database.reading() as session:
        _refuse_blocked([await session.get(WrongTry, source) for source in sources], moment, remembered)
    async with database.writing() as session:
        rows = [await session.get(WrongTry, source) for source in sources]
        _refuse_blocked(rows, moment, remembered)
        for source, row in zip(sources, rows, strict=True):
            session.add(_counted(row, source, moment))


async def give_back(session: AsyncSession, name: str, address: str) -> None:
    """The password was right: the name's tries are forgotten, the address' one less."""
    of_name, of_address = await session.get(WrongTry, name), await session.get(WrongTry, address)
    if of_name is not None:
        await session.delete(of_name)
    if of_address is not None:
        of_address.count = max(0, of_address.count - 1)
        session.add(of_address)


def _refuse_blocked(
    rows: Sequence[WrongTry | None], moment: datetime, remembered: dict[str, datetime]
) -> None:
    blocked = [row for row in rows if row is not None and _blocked(row, moment)]
    if not blocked:
        return
    if len(remembered) >= _MOST_REMEMBERED:
        remembered.clear()
    remembered.update({row.source: row.since + WINDOW for row in blocked})
    raise TooManyTriesError(max(_seconds_left(row, moment) for row in blocked))


def _counted(row: WrongTry | None, source: str, moment: datetime) -> WrongTry:
    if row is None or not _is_recent(row, moment):
        row = row or WrongTry(source=source, since=moment)
        row.count, row.since = 0, moment
    row.count += 1
    return row


def _blocked(row: WrongTry, moment: datetime) -> bool:
    return row.count >= ALLOWED and _is_recent(row, moment)


def _is_recent(row: WrongTry, moment: datetime) -> bool:
    """Whether the tries count.

    Who waited for another's try has a moment a little before it. Tries of the far future were made before the
    clock was set back, and are over.
    """
    return abs(moment - row.since) <= WINDOW


def _seconds_left(row: WrongTry, moment: datetime) -> int:
    return _seconds(row.since + WINDOW - moment)


def _seconds(left: timedelta) -> int:
    return max(1, int(left.total_seconds()))
