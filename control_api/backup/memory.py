"""What the runtime keeps, for a backup: the inbox of all bots and each bot's own ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from agent_runtime.home import Home
from agent_runtime.spec.names import is_name
from agent_runtime.store import copies
from control_api.backup.errors import BackupError

Row = Mapping[str, Any]


def inbox_rows(home: Home) -> Iterator[Row]:
    """Each as `{table, row}`."""
    for table, row in copies.inbox_rows(home.mail_database):
        yield {"table": table, "row": row}


def ledgers(home: Home) -> list[str]:
    """The bots that remember something."""
    found = (path.parent for path in home.bots.glob("*/*/bot.db"))
    return sorted(
        f"{folder.parent.name}.{folder.name}"
        for folder in found
        if is_name(folder.parent.name) and is_name(folder.name)
    )


def ledger_rows(home: Home, bot: str) -> Iterator[Row]:
    """Each as `{bot, table, row}`."""
    for table, row in copies.ledger_rows(_ledger(home, bot)):
        yield {"bot": bot, "table": table, "row": row}


def write_inbox(home: Home, rows: Iterable[Row], bots: frozenset[str]) -> None:
    """The mail of these bots; what is to be reported of others was counted for its owner all the same."""
    kept = (row for row in rows if row["table"] != "mail" or row["row"]["bot"] in bots)
    with _explained():
        copies.write_inbox(home.mail_database, ((row["table"], row["row"]) for row in kept))


def write_ledgers(home: Home, rows: Iterable[Row], bots: frozenset[str]) -> int:
    """The ledgers of these bots, and how many there are.

    A bot that was deleted while the backup was taken leaves nothing for a later one of its name.
    """
    written = 0
    with _explained():
        for bot, group in groupby(rows, key=lambda row: str(row["bot"])):
            if bot in bots:
                copies.write_ledger(_ledger(home, bot), ((row["table"], row["row"]) for row in group))
                written += 1
    return written


def _ledger(home: Home, bot: str) -> Path:
    return home.bot(bot) / "bot.db"


class _explained:  # noqa: N801 - a context manager, used like a function
    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, copies.CopyError):
            raise BackupError(f"The backup can't be restored here: {error}.", "Upgrade Botyard.") from error
