"""Ledgers to try: the suite in this folder knows none of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent_runtime.store.ledger import Ledger, open_ledger
from agent_runtime.store.postgres import PostgresLedger

_NUMBERS = itertools.count(1)
Opener = Callable[[], Ledger]


@pytest.fixture(params=["sqlite", "postgres"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the same ledger each time; close one before opening the next, for a bot has one worker."""
    if request.param == "sqlite":
        return lambda: open_ledger(tmp_path / "bot.db")
    url, bot = request.getfixturevalue("shared_url"), f"alice.b{next(_NUMBERS)}"
    return lambda: PostgresLedger(url, bot)


@pytest.fixture
async def ledger(opener: Opener) -> AsyncIterator[Ledger]:
    opened = opener()
    yield opened
    await opened.aclose()
