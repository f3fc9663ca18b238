"""What the engine has applied, so that a restart with nothing changed does nothing.

A database and not a file: noting one bot costs the same in a fleet of ten and of a hundred thousand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS branches (branch TEXT PRIMARY KEY, tip TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bots (
    bot TEXT PRIMARY KEY, branch TEXT NOT NULL, revision TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS bots_of_a_branch ON bots (branch);
CREATE TABLE IF NOT EXISTS refusals (
    bot TEXT PRIMARY KEY, branch TEXT NOT NULL, revision TEXT, reason TEXT NOT NULL, again INTEGER NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one bot. `revision` None: it is gone. `reason` set: refused, what ran before goes on.

    `again` is whether trying once more may help.
    """

    bot: str
    branch: str
    revision: str | None
    reason: str | None = None
    again: bool = False


class State:
    """The engine's own record. One writer, the engine; every `settle` is one durable transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / "engine.db", isolation_level=None)
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)

    def close(self) -> None:
        self._database.close()

    def tips(self) -> dict[str, str]:
        """The applied commit of each branch."""
        return dict(self._database.execute("SELECT branch, tip FROM branches"))

    def bots(self, branch: str | None = None) -> dict[str, str]:
        """The applied revision of each bot, of one branch or of all."""
        if branch is None:
            return dict(self._database.execute("SELECT bot, revision FROM bots"))
        return dict(self._database.execute("SELECT bot, revision FROM bots WHERE branch = ?", (branch,)))

    def branch_of(self, bot: str) -> str | None:
        row = self._database.execute("SELECT branch FROM bots WHERE bot = ?", (bot,)).fetchone()
        return str(row[0]) if row else None

    def refusals(self) -> list[Outcome]:
        rows = self._database.execute("SELECT bot, branch, revision, reason, again FROM refusals")
        return [
            Outcome(bot, branch, revision, reason, bool(again))
            for bot, branch, revision, reason, again in rows
        ]

    def settle(self, outcomes: Iterable[Outcome], branch: str | None = None, tip: str | None = None) -> None:
        """Note what became of bots and, when given, how far their branch is applied: all or nothing."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for outcome in outcomes:
                self._settle(outcome)
            if branch is not None and tip is not None:
                self._database.execute("INSERT OR REPLACE INTO branches VALUES (?, ?)", (branch, tip))
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _settle(self, outcome: Outcome) -> None:
        bot = outcome.bot
        if outcome.reason is not None:
            self._database.execute(
                "INSERT OR REPLACE INTO refusals VALUES (?, ?, ?, ?, ?)",
                (bot, outcome.branch, outcome.revision, outcome.reason, outcome.again),
            )
            return
        self._database.execute("DELETE FROM refusals WHERE bot = ?", (bot,))
        if outcome.revision is None:
            self._database.execute("DELETE FROM bots WHERE bot = ?", (bot,))
        else:
            self._database.execute(
                "INSERT OR REPLACE INTO bots VALUES (?, ?, ?)", (bot, outcome.branch, outcome.revision)
            )
