"""Which messages a pod's process has in hand, for the one after it: where one died of a message, that counts.

On one machine the dispatcher outlives its workers and counts. Here both die together; what stays is the
pod's own disk, which a restart of its container leaves as it is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from agent_runtime.store.inbox import Inbox, Report

log = structlog.get_logger()

_REASON = "its pod died of it"


class InHand:
    """Kept in a file. Not synced: it is to outlive a process, and not its machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: list[str] = []

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """For as long as a worker has the message."""
        self._keys.append(key)
        self._write()
        try:
            yield
        finally:
            self._keys.remove(key)
            self._write()

    def left(self) -> list[str]:
        """What the process before had in hand as it died."""
        try:
            keys = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return []
        return [str(key) for key in keys]

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        try:
            self._path.write_text(json.dumps(self._keys))
        except OSError as error:
            log.warning("in_hand_not_noted", reason=str(error))


async def count_deaths(inbox: Inbox, bot: str, in_hand: InHand, most: int) -> None:
    """One more attempt at each message that was in hand; the one that had its last is set aside.

    From its second attempt on a message is tried alone, so that another that was in hand with it by chance
    is blamed once at most.
    """
    left, now = set(in_hand.left()), time.time()
    for mail in await inbox.waiting() if left else ():
        if mail.key not in left:
            continue
        attempts = mail.attempt + 1
        if attempts < most:
            await inbox.count_attempt(bot, mail.key)
            continue
        told = {"key": mail.key, "conversation": mail.conversation, "attempts": attempts, "reason": _REASON}
        await inbox.report(Report(f"{bot}/{mail.key}/set_aside", "set_aside", bot, now, told))
        await inbox.set_aside(bot, mail.key, now, _REASON)
        log.error("message_set_aside", bot=bot, **told)
    in_hand.forget()
