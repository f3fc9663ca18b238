"""Stores on Postgres, for suites that know no backend."""

from __future__ import annotations

import psycopg
import pytest

from agent_runtime.store.postgres.schema import prepare
from tests.postgres import Postgres


def prepared(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        prepare(connection)


@pytest.fixture(scope="package")
def shared_url(postgres: Postgres) -> str:
    """One database with the runtime's tables for all tests here."""
    return postgres.create(prepared)


@pytest.fixture
def store_url(shared_url: str, postgres: Postgres) -> str:
    """The same with an empty inbox; what a bot remembers stays, so that each test has a bot of its own."""
    with postgres.connect(shared_url) as connection:
        for table in ("bot", "mail", "report"):
            connection.execute(f"DELETE FROM botyard_runtime.{table}".encode())
    return shared_url
