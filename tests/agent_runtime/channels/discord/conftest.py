"""Fixtures of the simulator."""

from __future__ import annotations

from tests.simulators.fixtures import discord

__all__ = ["discord"]
