"""From data to a checked specification, with every problem at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agent_runtime.spec.availability import not_available
from agent_runtime.spec.bot import BotSpec
from agent_runtime.spec.messages import problem_of
from agent_runtime.spec.plain import MOST_PROBLEMS, plain_problems
from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.runtime_file import runtime_file

# Small enough that however a YAML writer has to escape it, it stays below what the strict reader takes.
LARGEST_SPEC = 64 * 1024

Checked = TypeVar("Checked", bound=BaseModel)


def parse_spec(data: Mapping[str, Any], *, name: str | None = None) -> BotSpec:
    """The specification that the data describes, defaults filled in; SpecError with all problems.

    `name` is the bot's name where it is known from elsewhere (the path, the URL): the data's must equal it.
    """
    spec, problems = check(data, name)
    if problems or spec is None:
        raise SpecError(problems)
    return spec


def check(data: Any, name: str | None) -> tuple[BotSpec | None, list[Problem]]:
    """The specification, or None and why not."""
    if not isinstance(data, Mapping):
        return None, [Problem("", "must be an object with version, name and instructions")]
    problems = list(islice(plain_problems(data), MOST_PROBLEMS))
    if problems:
        return None, problems
    if len(runtime_file(data)) > LARGEST_SPEC:
        return None, [
            Problem("", f"is larger than {LARGEST_SPEC // 1024} KiB; shorten instructions or environment")
        ]
    spec, problems = validated(BotSpec, data, list(not_available(data)))
    if name is not None and isinstance(data.get("name"), str) and data["name"] != name:
        problems.append(Problem("/name", f"must be {name}, the name the bot has; a bot's name never changes"))
    return (None if problems else spec), problems[:MOST_PROBLEMS]


def validated(
    model: type[Checked], data: Mapping[str, Any], known: Sequence[Problem]
) -> tuple[Checked | None, list[Problem]]:
    """The data as the model has it, or None; with the problems known before and all that the model finds."""
    problems = list(known)
    try:
        return model.model_validate(data), problems
    except ValidationError as error:
        found = (problem_of(each, model) for each in error.errors(include_url=False))
        return None, problems + _without(problems, found)


def _without(known: list[Problem], problems: Iterator[Problem]) -> list[Problem]:
    """The problems but those about places, or inside places, that a known one is already about."""
    places = [problem.pointer for problem in known]
    return [
        problem
        for problem in problems
        if not any(problem.pointer == place or problem.pointer.startswith(place + "/") for place in places)
    ]
