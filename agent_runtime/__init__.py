"""The runtime: takes messages in, takes turns, sends replies."""

from __future__ import annotations

import sys

# structlog takes rich along where it finds it, for tracebacks in colour, which no part of ours writes: 50 ms
# of the 290 ms that the start of a part of the hive takes of a processor, and 4 MiB. No setting keeps it from
# that, but it does without where its look for rich fails.
if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
