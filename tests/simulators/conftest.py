"""Fixtures for trying the simulators themselves."""

from __future__ import annotations

from tests.simulators.fixtures import discord, model_server, telegram

__all__ = ["discord", "model_server", "telegram"]
