"""How long a bot waits whose workers keep dying, and what its owner is told of it."""

from __future__ import annotations

import signal
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds. The first deaths are forgiven at once: machines kill processes, and most bots recover."""

    forgiven: tuple[float, ...] = (0.0, 0.5)
    first: float = 10.0
    longest: float = 300.0
    temporary: float = 0.5
    no_room: float = 3.0

    def wait(self, failures: int) -> float:
        """After so many failures in a row."""
        if failures <= len(self.forgiven):
            return self.forgiven[failures - 1]
        return self.unfit(failures - len(self.forgiven))

    def unfit(self, failures: int) -> float:
        """The same for a worker that says itself why it can't: nothing to be forgiven."""
        return float(min(self.longest, self.first * 2 ** min(failures - 1, 16)))

    def failed(self, failures: int) -> bool:
        """Whether a bot is to be called failed."""
        return failures > len(self.forgiven)


def ending(status: int | None) -> str:
    """The end of a process in words, from its `waitpid` code where that is known."""
    if status is None:
        return "its worker ended without a word"
    if status < 0:
        return f"its worker was ended by {signal.Signals(-status).name}"
    return f"its worker ended with code {status}"
