"""A control API whose operator has given it a manager bot in a strict Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.control_api.service import Service, running
from tests.simulators.fixtures import telegram
from tests.simulators.telegram.client import Telegram

__all__ = ["telegram"]


@pytest.fixture
async def manager(telegram: Telegram) -> str:
    """The token of the operator's manager bot."""
    return str((await telegram.create_bot("yard_manager_bot", can_manage_bots=True))["token"])


@pytest.fixture
async def yard(home: Path, telegram: Telegram, manager: str) -> AsyncIterator[Service]:
    async with running(home, telegram_api_url=telegram.url, telegram_manager_token=manager) as found:
        yield found
