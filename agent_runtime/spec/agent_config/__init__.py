"""`agent.config.json`, the older shape of a bot: read, converted, and what it could not carry over said."""

from __future__ import annotations

from agent_runtime.spec.agent_config.convert import Converted, convert

__all__ = ["Converted", "convert"]
