"""Ids that sort by time: https://docs.discord.com/developers/reference#snowflakes."""

from __future__ import annotations

import itertools
import time

_EPOCH = 1_420_070_400_000
_last = 0
_count = itertools.count()


def snowflake() -> str:
    """A new id, greater than all before."""
    global _last
    made = ((int(time.time() * 1000) - _EPOCH) << 22) | (next(_count) & 0xFFF)
    _last = max(made, _last + 1)
    return str(_last)


def at_time(seconds: float) -> str:
    """The least id of a moment, in Unix seconds."""
    return str((int(seconds * 1000) - _EPOCH) << 22)
