"""A code host, and a fleet that is its mirror."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.gitops.code_host import CodeHost, code_host
from tests.gitops.fleet import Fleet


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[CodeHost]:
    async with code_host(tmp_path) as found:
        yield found


@pytest_asyncio.fixture
async def fleet(host: CodeHost, tmp_path: Path) -> AsyncIterator[Fleet]:
    made = await Fleet.make(tmp_path, host.url)
    yield made
    await made.aclose()
