"""Ledgers to try: the suite in this folder knows none of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent_runtime.store.ledger import Ledger, open_ledger

Opener = Callable[[], Ledger]


def _sqlite(folder: Path) -> Opener:
    return lambda: open_ledger(folder / "bot.db")


_BACKENDS: dict[str, Callable[[Path], Opener]] = {"sqlite": _sqlite}


@pytest.fixture(params=sorted(_BACKENDS))
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the same ledger each time; close one before opening the next, for a bot has one worker."""
    return _BACKENDS[request.param](tmp_path)


@pytest.fixture
async def ledger(opener: Opener) -> AsyncIterator[Ledger]:
    opened = opener()
    yield opened
    await opened.aclose()
