"""The log of every process of a machine: one JSON object a line on standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_log(*, for_good: bool = True) -> None:
    """Structlog's events and other libraries' warnings as lines; not `for_good` where forks log elsewhere."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            # Tracebacks without local variables, which could hold a secret.
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=for_good,
    )
