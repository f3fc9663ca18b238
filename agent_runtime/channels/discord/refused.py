"""Refused calls, counted for the whole machine: after 10,000 in ten minutes Discord shuts its address out.

https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans. Many
processes call Discord. Each puts a byte for every refusal at the end of a file of the current minute, which
needs no lock and survives whoever dies; the sizes of the last ten files are the count.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

_MINUTES = 10
# Half of what Discord allows: other programs may share the address, and a count is read once a second.
MOST = 5_000
_INVALID = frozenset({401, 403, 429})
_LOOK_SECONDS = 1.0
_PREFIX = "refused-"


class RefusedCalls:
    """`folder` is the machine's own, the same for all processes."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder, self._most = folder, most
        self._looked, self._pause = 0.0, 0.0

    def count(self, status: int, scope: str = "") -> None:
        """An answer's HTTP status, and whose limit a 429 was: `shared` ones do not count."""
        if status not in _INVALID or scope == "shared":
            return
        path = self._folder / f"{_PREFIX}{_minute()}"
        fresh = not path.exists()
        # What can't be counted must not break the call that was refused.
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, b".")
            finally:
                os.close(descriptor)
            if fresh:
                self._tidy()

    def pause(self) -> float:
        """Seconds until calls are made again; 0 while there were few refusals."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked, self._pause = now, 60.0 if self.counted() >= self._most else 0.0
        return self._pause

    def counted(self) -> int:
        """Refusals of the last ten minutes."""
        minute, total = _minute(), 0
        for each in range(minute - _MINUTES, minute + 1):
            with contextlib.suppress(OSError):
                total += (self._folder / f"{_PREFIX}{each}").stat().st_size
        return total

    def _tidy(self) -> None:
        for path in self._folder.glob(f"{_PREFIX}*"):
            if int(path.name.removeprefix(_PREFIX)) < _minute() - _MINUTES:
                path.unlink(missing_ok=True)


def _minute() -> int:
    return int(time.time() // 60)
