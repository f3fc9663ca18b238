"""The fleet repository: layout, release files, sealing, validation and the committer that writes it."""

from __future__ import annotations

import agent_runtime.log  # noqa: F401 - before anything that logs: it spares every process a costly import
