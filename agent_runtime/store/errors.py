"""What every store may raise."""

from __future__ import annotations


class StoreFullError(Exception):
    """There is no room on the disk; nothing of the call was kept. Free some and try again."""


class StoreAwayError(Exception):
    """The database does not answer. Nothing is promised of the call, neither that it took effect nor not."""


class HeldElsewhereError(StoreAwayError):
    """Another process of the bot holds its rows; they are had once that one lets go."""


# What passes when somebody makes room or the database comes back: what must not be forgotten is tried again.
PASSING = (StoreFullError, StoreAwayError)


class StoreFormatError(Exception):
    """What is stored was written by another version of Botyard; the message says what to do."""


class StoreRoleError(Exception):
    """The role at the database is not the bot's own, which alone would keep it to its own rows."""
