"""Reading a bot specification from a file, with problems told by file, line and pointer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from control_api.cli.failure import CommandError
from control_api.cli.output import note, printable

if TYPE_CHECKING:
    from agent_runtime.spec import Problem


@dataclass(frozen=True)
class SpecFile:
    """What a file says. `remarks` tell what an older file says that was not carried over."""

    spec: dict[str, Any]
    remarks: tuple[Problem, ...] = ()


def read(path: str, *, uncorrected: bool = False) -> dict[str, Any]:
    """The specification of a file, after its remarks on standard error; as `load`."""
    loaded = load(path, uncorrected=uncorrected)
    show_remarks(path, loaded.remarks)
    return loaded.spec


def load(path: str, *, uncorrected: bool = False) -> SpecFile:
    """The specification as it is written; a file that breaks the rules fails with every problem it has.

    `uncorrected` takes an older file that does not make a valid specification, for a person to correct: its
    problems are remarks then.
    """
    return parsed(path, _bytes(path), uncorrected=uncorrected)


def parsed(path: str, content: bytes, *, uncorrected: bool = False) -> SpecFile:
    """As `load`, of what was read at the path before."""
    from agent_runtime.spec import SpecError, read_spec

    try:
        if Path(path).suffix == ".json":
            return _of_json(path, content, uncorrected)
        return SpecFile(dict(read_spec(content)[1]))
    except SpecError as error:
        raise _invalid(path, error) from error


def as_json(problem: Problem) -> dict[str, Any]:
    """A problem or a remark, for programs."""
    return {"pointer": problem.pointer, "detail": problem.detail, "line": problem.line}


def located(path: str, problem: Problem) -> str:
    """`file:line: /pointer: what is wrong`, the form that editors jump to."""
    place = path if problem.line is None else f"{path}:{problem.line}"
    return printable(f"{place}: {problem.pointer or '/'}: {problem.detail}")


def show_remarks(path: str, remarks: Sequence[Problem]) -> None:
    """What an older file says that is not as it was, on standard error."""
    if remarks:
        note(f"{path} is in the older shape. Not everything in it is as it was:")
    for remark in remarks:
        note(f"  {located(path, remark)}")


def _of_json(path: str, content: bytes, uncorrected: bool) -> SpecFile:
    """A specification as JSON, or an `agent.config.json` in the older shape, converted."""
    from agent_runtime.spec import SpecError, parse_spec, strict_json
    from agent_runtime.spec.agent_config import convert
    from agent_runtime.spec.agent_config.convert import is_older_shape

    data = strict_json(content.removeprefix(b"\xef\xbb\xbf"))
    if not is_older_shape(data):
        parse_spec(data)
        return SpecFile(dict(data))
    converted = convert(content)
    if converted.problems and not uncorrected:
        show_remarks(path, converted.remarks)
        error = SpecError(converted.problems)
        failure = _invalid(path, error)
        failure.hint = f"`botyard deploy {path} --print > bot.yaml` writes what it becomes; correct it there."
        raise failure from error
    return SpecFile(converted.spec, (*converted.remarks, *converted.problems))


def _invalid(path: str, error: Any) -> CommandError:
    name = "standard input" if path == "-" else path
    return CommandError(
        f"{name} is not a valid bot specification.",
        details=[located(name, problem) for problem in error.problems],
        errors=[as_json(problem) for problem in error.problems],
    )


def _bytes(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from error
