"""How long bots took to wake: for people who ask how idle bots fare."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass

from agent_runtime.wire import Json

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Wake:
    """One wake: when (Unix time), and from the wish for a worker to its being ready, in milliseconds."""

    at: float
    took_ms: float


class Wakes:
    """The last thousand of all bots."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=_REMEMBERED)

    def note(self, seconds: float) -> Wake:
        wake = Wake(time.time(), round(seconds * 1000, 1))
        self._took.append(wake.took_ms)
        return wake

    def figures(self) -> Json:
        """`{count, p50_ms, p99_ms}`; the latter None while there was no wake."""
        took = sorted(self._took)
        return {"count": len(took), "p50_ms": _nearest(took, 0.5), "p99_ms": _nearest(took, 0.99)}


def _nearest(ordered: list[float], share: float) -> float | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
