"""Whose a line is, where several speak in one process: the bot's go to its log, others to standard error."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from agent_runtime.log import set_up_log, standard_error
from agent_runtime.logbook import Logbook
from agent_runtime.wire import Json
from agent_runtime.worker.log import Redactor, sender

_LEVELS = logging.getLevelNamesMapping()


class Speaker:
    """A worker in whose tasks lines are written; until it is `set_up` they are the pod's."""

    def __init__(self) -> None:
        self.level = logging.INFO
        self.send: Processor | None = None

    def set_up(self, level: str, redactor: Redactor, tell: Callable[[Json], None]) -> None:
        self.level, self.send = _LEVELS[level.upper()], sender(redactor, tell)


speaking: ContextVar[Speaker | None] = ContextVar("speaking", default=None)


class PodLogbook(Logbook):
    """Shows each of the bot's lines on standard error as well, where clusters collect them."""

    def write(self, bot: str, record: dict[str, Any]) -> None:
        super().write(bot, record)
        line = {"bot": bot, **record, "at": datetime.now(UTC).isoformat()}
        standard_error().write(f"{json.dumps(line, ensure_ascii=False, default=str)}\n")


def set_up_pod_log() -> None:
    """As every process's, and the workers' lines go to their bot."""
    set_up_log(for_good=False, lowest=logging.DEBUG, first=[_heard])


def _heard(logger: Any, name: str, event: EventDict) -> Any:
    speaker = speaking.get()
    if _LEVELS[name.upper()] < (speaker.level if speaker else logging.INFO):
        raise structlog.DropEvent
    if speaker is None or speaker.send is None:
        return event
    return speaker.send(logger, name, event)
