"""The simulators inside a test, over real HTTP. A `conftest.py` that needs the fixtures imports them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.simulators.discord.app import DiscordSimulator
from tests.simulators.discord.client import Discord
from tests.simulators.model.app import ModelSimulator
from tests.simulators.serving import serving
from tests.simulators.telegram.app import TelegramSimulator
from tests.simulators.telegram.client import Telegram


@dataclass(frozen=True)
class ModelServer:
    """A running model simulator: its URL and its inside."""

    url: str
    inside: ModelSimulator

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    def asked(self, model: str | None = None) -> int:
        """How many requests came, for one model or all."""
        return len([seen for seen in self.inside.requests if model in (None, seen.model)])


@pytest.fixture
async def model_server() -> AsyncIterator[ModelServer]:
    simulator = ModelSimulator()
    async with serving(simulator.app) as url:
        yield ModelServer(url, simulator)


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    """A person's hand on a running Telegram simulator."""
    async with serving(TelegramSimulator().app) as url:
        hand = Telegram(url)
        yield hand
        await hand.aclose()


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    """A person's hand on a running Discord simulator."""
    async with serving(DiscordSimulator().app, websockets=True) as url:
        hand = Discord(url)
        yield hand
        await hand.aclose()
