"""The log of every process of a machine: one JSON object a line on standard error."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Sequence
from typing import TextIO, cast

import structlog
from structlog.typing import Processor


class _Lossy(io.TextIOBase):
    """A line for which the disk has no room is lost; whoever wrote it goes on with its work."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def standard_error() -> TextIO:
    """Standard error for loggers: writing to it never fails, not on a full disk either."""
    return cast(TextIO, _Lossy())


def set_up_log(*, for_good: bool = True, lowest: int = logging.INFO, first: Sequence[Processor] = ()) -> None:
    """Structlog's events and other libraries' warnings as lines; not `for_good` where forks log elsewhere.

    What comes `first` may send a line another way.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *first,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            # Tracebacks without local variables, which could hold a secret.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(standard_error()),
        cache_logger_on_first_use=for_good,
    )
