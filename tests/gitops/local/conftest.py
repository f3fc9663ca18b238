"""Fixtures of the engine's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gitops.local.engine import Engine
from tests.gitops.fleet import Fleet
from tests.gitops.local.engines import started
from tests.gitops.local.remembering_hive import RememberingHive


@pytest.fixture
def hive(fleet: Fleet) -> RememberingHive:
    return RememberingHive(fleet.home)


@pytest_asyncio.fixture
async def engine(fleet: Fleet, hive: RememberingHive) -> AsyncIterator[Engine]:
    async with started(fleet, hive) as engine:
        yield engine
