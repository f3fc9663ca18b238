"""Fixtures for trying the simulators themselves."""

from __future__ import annotations

from tests.simulators.fixtures import model_server, telegram

__all__ = ["model_server", "telegram"]
