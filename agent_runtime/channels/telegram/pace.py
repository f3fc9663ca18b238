"""How fast one bot sends and edits: within Telegram's limits, and exactly as late as it asks for.

https://core.telegram.org/bots/faq#broadcasting-to-users: one message a second in a chat, twenty a minute in a
group, thirty a second in all.
"""

from __future__ import annotations

import time
from collections import deque

CHAT_SECONDS = 1.0
GROUP_SECONDS = 3.0
BOT_PER_SECOND = 30
# Of edits the documentation says nothing; what holds for messages in a chat is safe for them.
EDIT_SECONDS = 1.0


class Pace:
    """Times are of `time.monotonic`; groups have negative ids."""

    def __init__(self) -> None:
        self._free_at: dict[int, float] = {}
        self._edits_free_at: dict[int, float] = {}
        # When the latest were taken. They are not spread over the second: a reply waits only where it has to.
        self._latest: deque[float] = deque(maxlen=BOT_PER_SECOND)

    def pause(self, chat: int, *, edits: bool = False) -> float:
        """Seconds until the chat takes a message, or an edit of one."""
        free_at = (self._edits_free_at if edits else self._free_at).get(chat, 0.0)
        if len(self._latest) == BOT_PER_SECOND:
            free_at = max(free_at, self._latest[0] + 1.0)
        return max(0.0, free_at - time.monotonic())

    def used(self, chat: int, *, edits: bool = False) -> None:
        """One has just been taken."""
        now = time.monotonic()
        self._latest.append(now)
        if edits:
            self._edits_free_at[chat] = now + EDIT_SECONDS
        else:
            self._free_at[chat] = now + (GROUP_SECONDS if chat < 0 else CHAT_SECONDS)

    def shown(self, chat: int) -> None:
        """A message has just been taken that is edited from now on: one message, no edit right after."""
        self.used(chat)
        self._edits_free_at[chat] = time.monotonic() + EDIT_SECONDS

    def refused(self, chat: int, retry_after: float) -> None:
        """Telegram takes nothing in the chat for so many seconds."""
        self._free_at[chat] = self._edits_free_at[chat] = time.monotonic() + retry_after
