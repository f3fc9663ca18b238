"""The control plane: what people and programs ask for becomes operations, and operations become commits."""

from __future__ import annotations

import agent_runtime.log  # noqa: F401 - before anything that logs: it spares every process a costly import
