"""What every store may raise."""

from __future__ import annotations


class StoreFullError(Exception):
    """There is no room on the disk; nothing of the call was kept. Free some and try again."""


class StoreAwayError(Exception):
    """The database does not answer. Nothing is promised of the call, neither that it took effect nor not."""


# What passes when somebody makes room or the database comes back: what must not be forgotten is tried again.
PASSING = (StoreFullError, StoreAwayError)


class StoreFormatError(Exception):
    """What is stored was written by another version of Botyard; the message says what to do."""
