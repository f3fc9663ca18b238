"""A worker's log lines go to its bot's own log, by the dispatcher; no opened secret leaves in one."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from agent_runtime.log import standard_error
from agent_runtime.wire import Json

# From a level on, lines without opened secrets go to whoever is told them.
SetUpLog = Callable[[str, "Redactor", Callable[[Json], None]], None]

_SHORTEST = 4  # A shorter value is in too many words to be taken out of them.


class Redactor:
    """Replaces opened secrets in text by their names."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = sorted(
            ((value, name) for name, value in secrets.items() if len(value) >= _SHORTEST),
            key=lambda each: -len(each[0]),
        )

    def text(self, text: str) -> str:
        for value, name in self._secrets:
            if value in text:
                text = text.replace(value, f"[{name}]")
        return text

    def clean(self, value: Any) -> Any:
        """The same for everything in a JSON value; what is none becomes text."""
        if not self._secrets and isinstance(value, str | int | float | None):
            return value
        if isinstance(value, Mapping):
            return {str(key): self.clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.clean(each) for each in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(value if isinstance(value, str) else str(value))


def sender(redactor: Redactor, tell: Callable[[Json], None]) -> Processor:
    """What ends a line's way: it is told, and its traceback goes to standard error."""

    def send(_: Any, name: str, event: MutableMapping[str, Any]) -> str:
        error = _error(event.pop("exc_info", None))
        if error is not None:
            event["error"] = f"{type(error).__name__}: {error}"[:1000]
            trace = "".join(traceback.format_exception(error))
            standard_error().write(redactor.text(trace))
        tell(redactor.clean(dict(event)))
        raise structlog.DropEvent

    return send


def set_up_worker_log(level: str, redactor: Redactor, tell: Callable[[Json], None]) -> None:
    """From now on every line of this process is the bot's."""
    send = sender(redactor, tell)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, send],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(standard_error()),
        cache_logger_on_first_use=False,
    )


def _error(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None
