"""Fixtures of the simulators."""

from __future__ import annotations

from tests.simulators.fixtures import model_server

__all__ = ["model_server"]
