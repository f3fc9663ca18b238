"""One hive serves all tests that ask for it; each test has a bot of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.agent_runtime.hive.running import Hive, TestedBot, running_hive


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def hive(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hive]:
    async with running_hive(tmp_path_factory.mktemp("hive")) as running:
        yield running


@pytest.fixture
def bot(hive: Hive) -> TestedBot:
    return hive.bot()
