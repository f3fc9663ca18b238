"""Reading a bot specification from a file, with problems told by file, line and pointer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from control_api.cli.failure import CommandError

if TYPE_CHECKING:
    from agent_runtime.spec import Problem


def read(path: str) -> dict[str, Any]:
    """The specification as it is written; a file that breaks the rules fails with every problem it has."""
    from agent_runtime.spec import SpecError, read_spec

    if Path(path).suffix == ".json":
        raise CommandError(
            f"{path}: reading agent.config.json is not available yet.",
            hint="Write the bot as YAML: docs/guides/first-bot.md shows how.",
        )
    try:
        return dict(read_spec(_bytes(path))[1])
    except SpecError as error:
        lines = [located(path, problem) for problem in error.problems]
        raise CommandError(
            f"{path} is not a valid bot specification.", details=lines or [str(error)]
        ) from error


def problems_of(failure: CommandError) -> list[dict[str, Any]]:
    """Why a file could not be read, or each thing wrong with it, for programs."""
    from agent_runtime.spec import SpecError

    if not isinstance(failure.__cause__, SpecError):
        return [{"pointer": "", "detail": failure.message, "line": None}]
    return [{"pointer": p.pointer, "detail": p.detail, "line": p.line} for p in failure.__cause__.problems]


def located(path: str, problem: Problem) -> str:
    """`file:line: /pointer: what is wrong`, the form that editors jump to."""
    place = path if problem.line is None else f"{path}:{problem.line}"
    return f"{place}: {problem.pointer or '/'}: {problem.detail}"


def _bytes(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
