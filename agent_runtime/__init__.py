"""The runtime: takes messages in, takes turns, sends replies."""

from __future__ import annotations

import sys

# structlog takes rich along where it finds it, for tracebacks in colour, which no part of ours writes: a
# quarter of the start of most of them. It does without where its look for it fails.
if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
