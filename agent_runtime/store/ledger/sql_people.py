"""Who may talk to a bot, in SQL."""

from __future__ import annotations

import hmac

from agent_runtime.store.backend import Connection
from agent_runtime.store.ledger.database import Database
from agent_runtime.store.ledger.records import Person, storable

PAIRING_CODE = "pairing_code"


def _put(connection: Connection, person: Person) -> None:
    connection.execute(
        "INSERT INTO people (sender, name, role, since) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (sender) DO UPDATE SET role = excluded.role,"
        " name = CASE excluded.name WHEN '' THEN people.name ELSE excluded.name END",
        (person.sender, storable(person.name), person.role, person.since),
    )


def _note(connection: Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])


class SqlPeople:
    """`People` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def role(self, sender: str) -> str | None:
        def work(connection: Connection) -> str | None:
            row = connection.execute("SELECT role FROM people WHERE sender = ?", (sender,)).fetchone()
            return None if row is None else str(row[0])

        return await self._database.run(work)

    async def put(self, person: Person) -> None:
        await self._database.run(lambda connection: _put(connection, person))

    async def pair(self, person: Person, code: str) -> bool:
        def work(connection: Connection) -> bool:
            expected = _note(connection, PAIRING_CODE)
            if not expected or not hmac.compare_digest(expected.encode(), code.encode("utf-8", "replace")):
                return False
            _put(connection, person)
            connection.execute("DELETE FROM notes WHERE name = ?", (PAIRING_CODE,))
            return True

        return await self._database.run(work)

    async def remove(self, sender: str) -> bool:
        def work(connection: Connection) -> bool:
            return connection.execute("DELETE FROM people WHERE sender = ?", (sender,)).rowcount > 0

        return await self._database.run(work)

    async def everybody(self) -> list[Person]:
        def work(connection: Connection) -> list[Person]:
            rows = connection.execute("SELECT sender, name, role, since FROM people ORDER BY since, rowid")
            return [Person(*row) for row in rows]

        return await self._database.run(work)

    async def note(self, name: str) -> str | None:
        return await self._database.run(lambda connection: _note(connection, name))

    async def set_note(self, name: str, value: str | None) -> None:
        def work(connection: Connection) -> None:
            if value is None:
                connection.execute("DELETE FROM notes WHERE name = ?", (name,))
            else:
                connection.execute(
                    "INSERT INTO notes (name, value) VALUES (?, ?)"
                    " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (name, value),
                )

        await self._database.run(work)
