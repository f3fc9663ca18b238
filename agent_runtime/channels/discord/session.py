"""What is kept of a gateway session beyond the process, so that whoever comes next goes on where it was.

A session that is taken up again loses nothing and costs none of the thousand that a bot may start in a day:
https://docs.discord.com/developers/events/gateway#resuming.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from agent_runtime.channels.discord.snowflakes import snowflake_at
from agent_runtime.files import write_whole

_NUMBER = re.compile("[0-9]{1,20}")
# Messages of several channels come in not quite the order of their ids. What comes twice is known.
_OVERLAP_SECONDS = 60
# Private chats that are asked for what came while nobody listened: the latest so many.
MOST_CHATS = 100

_TEXTS, _NUMBERS, _LISTS = ("id", "url"), ("seq", "first", "last", "since"), ("chats", "pending")

# A bot that is gone leaves its file behind; of one that listens it is never as old as that.
_TOUCHED_SECONDS, _LEFT_SECONDS = 24 * 3600, 30 * 24 * 3600


@cache
def tidy(folder: Path) -> None:
    """Once for each process: remove what bots left behind that have not been here for a month."""
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_SECONDS:
                path.unlink()


@dataclass
class Session:
    """One shard's session; empty where the next one has to be started anew.

    `seq` is the last event whose messages are stored. `last` is the greatest id among the messages of those
    events, and `since` a little less than what `last` was when the session began: what came after that is
    fetched, of `pending` servers once Discord tells of them. `first` is when the bot came to be here. `chats`
    are the private channels that were heard of, the latest last.
    """

    path: Path
    id: str = ""
    url: str = ""
    seq: int = 0
    first: int = 0
    last: int = 0
    since: int = 0
    chats: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    _kept: str = field(default="", repr=False, compare=False)
    _kept_at: float = field(default_factory=time.time, repr=False, compare=False)

    @classmethod
    def at(cls, path: Path) -> Session:
        """The one that is kept there; an empty one where there is none, or none that can be read."""
        session = cls(path)
        try:
            kept = path.read_text(encoding="utf-8")
            known = json.loads(kept)
            for name in (*_TEXTS, *_NUMBERS):
                if not isinstance(known[name], str if name in _TEXTS else int):
                    raise TypeError(name)
                setattr(session, name, known[name])
            for name in _LISTS:
                setattr(session, name, [each for each in known[name] if _NUMBER.fullmatch(each)])
        except FileNotFoundError:
            return session
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)
        session._kept, session._kept_at = kept, path.stat().st_mtime
        return session

    @classmethod
    def of_shard(cls, folder: Path, application: str, shard: int, shards: int) -> Session:
        """A shard's; where there are more or fewer than before, it begins with what all of those knew."""
        session = cls.at(folder / f"{application}-{shard}-{shards}.json")
        if not session.first:
            before = [cls.at(path) for path in folder.glob(f"{application}-*-*.json")]
            before = [each for each in before if each.first]
            session.first = min((each.first for each in before), default=0)
            session.last = min((each.last for each in before), default=0)
            # Private messages come to the first one: …/developers/events/gateway#sharding
            chats = dict.fromkeys(chat for each in before for chat in each.chats if shard == 0)
            session.chats = list(chats)[-MOST_CHATS:]
        return session

    def keep(self) -> None:
        """Write what has changed; before Discord is told of it, since it then forgets what came before."""
        told = asdict(self)
        kept = json.dumps({name: told[name] for name in (*_TEXTS, *_NUMBERS, *_LISTS)})
        if kept != self._kept:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self.path, kept)
            self._kept, self._kept_at = kept, time.time()
        elif time.time() - self._kept_at > _TOUCHED_SECONDS:
            with contextlib.suppress(OSError):
                os.utime(self.path)
            self._kept_at = time.time()

    def begin(self, number: str, url: str, servers: list[str]) -> None:
        """A new session: what came since the last message that was stored is to be fetched."""
        # A bot that is here for the first time answers nothing that was said before.
        self.first = self.first or snowflake_at(time.time())
        self.last = max(self.last, self.first)
        self.since = max(self.last - (_OVERLAP_SECONDS * 1000 << 22), self.first)
        self.id, self.url, self.pending = number, url, servers

    def forget(self) -> None:
        """The session can't be taken up again."""
        self.id, self.url, self.seq = "", "", 0

    def fetched(self, server: str) -> None:
        """What was missed in this server is stored."""
        if server in self.pending:
            self.pending.remove(server)

    def heard(self, message: int, chat: str | None) -> None:
        """A message is stored, or is for nobody; `chat` is the private channel that it came in.

        While there is something to be fetched, what would be missing is older than this.
        """
        if not self.pending:
            self.last = max(self.last, message)
        if chat is not None and self.chats[-1:] != [chat]:
            self.chats = [*(each for each in self.chats if each != chat), chat][-MOST_CHATS:]
