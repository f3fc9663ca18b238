"""Which version of Botyard this process runs."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed


@cache
def version() -> str:
    """As it was when the process first asked: what is installed later is for the next process."""
    try:
        return installed("botyard")
    except PackageNotFoundError:
        return "0.1.0"
