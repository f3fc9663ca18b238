"""A Telegram that sends webhooks, and the way from it to a hive: for test files that import these."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.agent_runtime.receiver.relay import Relay, relaying
from tests.simulators.serving import serving
from tests.simulators.telegram.app import TelegramSimulator
from tests.simulators.telegram.client import Telegram


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telegram() -> AsyncIterator[Telegram]:
    """It takes the address of a relay on this machine for one that it may send to."""
    async with serving(TelegramSimulator().app) as url:
        hand = Telegram(url)
        await hand.allow_loopback_webhooks()
        yield hand
        await hand.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay() -> AsyncIterator[Relay]:
    async with relaying() as one:
        yield one
