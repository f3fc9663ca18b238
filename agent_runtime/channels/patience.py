"""How long to wait before a platform is asked again."""

from __future__ import annotations

import random

_LONGEST_PAUSE = 60.0


def pause_after(failures: int, asked: float | None = None) -> float:
    """Seconds: exactly what the platform asks for, else more with each failure in a row, with jitter."""
    if asked is not None:
        return asked
    limit = min(_LONGEST_PAUSE, 0.5 * 2 ** min(failures, 8))
    return random.uniform(limit / 2, limit)  # noqa: S311 - spreads load, keeps no secret
