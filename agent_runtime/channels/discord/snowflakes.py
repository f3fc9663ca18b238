"""Discord's ids, which tell when they were given: https://docs.discord.com/developers/reference#snowflakes."""

from __future__ import annotations

_EPOCH_SECONDS = 1_420_070_400


def snowflake_at(seconds: float) -> int:
    """The least id of a moment, in Unix seconds."""
    return max(0, int((seconds - _EPOCH_SECONDS) * 1000)) << 22


def seconds_of(snowflake: str) -> float:
    """When an id was given, in Unix seconds."""
    return (int(snowflake) >> 22) / 1000 + _EPOCH_SECONDS
