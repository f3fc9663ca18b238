"""Tests here share the hive of `fixtures`."""

from __future__ import annotations

from tests.agent_runtime.hive.fixtures import bot, hive

__all__ = ["bot", "hive"]
