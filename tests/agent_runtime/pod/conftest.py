"""A database with the bot's role, and the simulators."""

from __future__ import annotations

import pytest

from tests.agent_runtime.pod.running import Database
from tests.postgres import Postgres
from tests.simulators.fixtures import ModelServer, model_server, telegram

__all__ = ["database", "model", "model_server", "telegram"]


@pytest.fixture
def database(postgres: Postgres) -> Database:
    return Database(postgres)


@pytest.fixture
def model(model_server: ModelServer) -> dict[str, object]:
    """The part of a specification that lets the simulated model answer."""
    return {"provider": "openai-compatible", "name": "echo", "base_url": model_server.base_url}
