"""A worker: one process of one bot. All that it is to know comes over its socket, and it ends with it."""

from __future__ import annotations

from agent_runtime.worker.bots import AnyBot, MakeBot
from agent_runtime.worker.serve import serve

__all__ = ["AnyBot", "MakeBot", "serve"]
