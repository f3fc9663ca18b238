"""What is being measured just now, for whoever waits."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def say(text: str) -> None:
    """One line on the standard error, with the time since the start."""
    seconds = int(time.monotonic() - _BEGAN)
    print(f"{seconds // 60:2d}:{seconds % 60:02d}  {text}", file=sys.stderr, flush=True)
