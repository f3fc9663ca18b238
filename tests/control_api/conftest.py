"""A prepared home, made once and copied for each test, and a service on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from control_api import fleet
from control_api.first_operator import create_sign_in_link
from tests.control_api.databases import POSTGRES, SQLITE, prepare_database, use_database
from tests.control_api.service import Service, copy_home, running, settings_in
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with keys, a fleet repository and a migrated database."""
    home = tmp_path_factory.mktemp("prepared") / "home"

    async def prepare() -> None:
        settings = settings_in(home)
        await fleet.prepare(settings)
        await create_sign_in_link(settings)

    asyncio.run(prepare())
    return home


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", getattr(metafunc.module, "DATABASES", [SQLITE]))


@pytest.fixture
def home(prepared: Path, tmp_path: Path, backend: str, request: pytest.FixtureRequest) -> Path:
    """A home of the test's own, with its database, which may be on the Postgres of all tests."""
    made = copy_home(prepared, tmp_path / "home")
    if backend == POSTGRES:
        server: Postgres = request.getfixturevalue("postgres")
        use_database(made, server.create(prepare_database))
    return made


@pytest.fixture
async def service(home: Path) -> AsyncIterator[Service]:
    """A control API with an engine that does what it is told."""
    async with running(home) as found:
        yield found
