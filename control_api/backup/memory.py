"""What the runtime keeps, for a backup: the inbox of all bots and each bot's own ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from agent_runtime.home import Home
from agent_runtime.spec.names import is_name
from agent_runtime.store import copies
from agent_runtime.store.postgres import copies as database
from control_api.backup.errors import BackupError
from control_api.settings import ControlSettings

Row = Mapping[str, Any]


def inbox_rows(settings: ControlSettings) -> Iterator[Row]:
    """Each as `{table, row}`."""
    url = _postgres(settings)
    found = database.inbox_rows(url) if url else copies.inbox_rows(settings.places.mail_database)
    for table, row in found:
        yield {"table": table, "row": row}


def ledger_rows(settings: ControlSettings) -> Iterator[Row]:
    """Each as `{bot, table, row}`, one bot after the other."""
    url = _postgres(settings)
    for bot, (table, row) in database.ledger_rows(url) if url else _files(settings.places):
        yield {"bot": bot, "table": table, "row": row}


@contextmanager
def writing(
    settings: ControlSettings, home: Home, inbox: Iterable[Row], ledgers: Iterable[Row], bots: frozenset[str]
) -> Iterator[None]:
    """The mail and the ledgers of these bots, in the database or in `home`; kept if the block ends well.

    What is to be reported of others was counted for its owner all the same. A bot that was deleted while the
    backup was taken leaves nothing for a later one of its name.
    """
    mail = (
        (str(row["table"]), row["row"])
        for row in inbox
        if row["table"] != "mail" or row["row"]["bot"] in bots
    )
    remembered = ((str(row["bot"]), (str(row["table"]), row["row"])) for row in ledgers if row["bot"] in bots)
    with _explained(), ExitStack() as stack:
        if url := _postgres(settings):
            stack.enter_context(database.writing(url, mail, remembered))
        else:
            copies.write_inbox(home.mail_database, mail)
            for bot, group in groupby(remembered, key=itemgetter(0)):
                copies.write_ledger(_ledger(home, bot), (row for _, row in group))
        yield


def _postgres(settings: ControlSettings) -> str:
    return settings.database_url if settings.database_url.startswith("postgresql") else ""


def _files(home: Home) -> Iterator[tuple[str, copies.Row]]:
    found = (path.parent for path in home.bots.glob("*/*/bot.db"))
    names = sorted((folder.parent.name, folder.name) for folder in found)
    for owner, name in names:
        if is_name(owner) and is_name(name):
            bot = f"{owner}.{name}"
            yield from ((bot, row) for row in copies.ledger_rows(_ledger(home, bot)))


def _ledger(home: Home, bot: str) -> Path:
    return home.bot(bot) / "bot.db"


class _explained:  # noqa: N801 - a context manager, used like a function
    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, copies.CopyError):
            raise BackupError(
                f"The backup can't be restored here: {error}.",
                "Give it a newer Botyard and an empty database.",
            ) from error
