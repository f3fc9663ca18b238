"""From the text of an `agent.config.json` to a specification, with a remark on all that is not as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from agent_runtime.spec.agent_config.environment import convert_environment, secret_names
from agent_runtime.spec.agent_config.lines import lines_of
from agent_runtime.spec.agent_config.model import convert_model
from agent_runtime.spec.agent_config.report import Report
from agent_runtime.spec.agent_config.running import (
    convert_endpoints,
    convert_logging,
    convert_resources,
    convert_scaling,
)
from agent_runtime.spec.bot import BotSpec
from agent_runtime.spec.catalogue import template, templates
from agent_runtime.spec.messages import nearest
from agent_runtime.spec.names import is_name
from agent_runtime.spec.parse import parse_spec
from agent_runtime.spec.problems import Problem, SpecError, pointer
from agent_runtime.spec.read import strict_json
from agent_runtime.spec.strict_yaml import LARGEST

_ORDER = list(BotSpec.model_fields)
_KNOWN = (
    *("name", "description", "template", "model", "instruction", "resources", "scaling"),
    *("endpoints", "env", "logging"),
)
_TITLE = "agent.config.json can't be read"


@dataclass(frozen=True)
class Converted:
    """What became of the file.

    `spec` is the data of a bot specification. `remarks` say what is not as it was, `problems` what has to be
    corrected before it can be deployed; both with lines and pointers of the old file. `secrets` are the names
    whose values have to be given; none is taken from the file.
    """

    spec: dict[str, Any]
    remarks: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    secrets: tuple[str, ...]


def convert(text: bytes) -> Converted:
    """The file in today's shape; SpecError with a line if it is no JSON object."""
    if len(text) > LARGEST:
        raise SpecError([Problem("", f"is larger than {LARGEST // 1024} KiB", 1)], title=_TITLE)
    text = text.removeprefix(b"\xef\xbb\xbf")
    data = strict_json(text)
    if not isinstance(data, dict):
        raise SpecError([Problem("", "must be an object with name, model and instruction", 1)], title=_TITLE)
    report = Report()
    _convert(report, data)
    lines = lines_of(text.decode())
    spec = {key: report.spec[key] for key in sorted(report.spec, key=_place)}
    problems = [replace(each, pointer=report.origin(each.pointer)) for each in _problems(spec)]
    return Converted(
        spec,
        tuple(_located(each, lines) for each in report.remarks),
        tuple(_located(each, lines) for each in problems),
        tuple(report.secrets),
    )


def is_older_shape(data: Any) -> bool:
    """Whether JSON data is an `agent.config.json` and not a bot specification of today."""
    return not (isinstance(data, Mapping) and "version" in data and "instructions" in data)


def _convert(report: Report, data: Mapping[str, Any]) -> None:
    _convert_name(report, data.get("name"))
    _convert_words(report, data)
    _convert_template(report, data.get("template"))
    convert_model(report, data.get("model"), secret_names(data.get("env")))
    convert_environment(report, data.get("env"))
    for key, convert_part in _PARTS.items():
        if data.get(key) is not None:
            convert_part(report, data[key])
    for key in data:
        if key not in _KNOWN:
            report.remark(pointer(key), f"is not known and was left out{nearest(key[:100], _KNOWN)}")


_PARTS = {
    "resources": convert_resources,
    "scaling": convert_scaling,
    "endpoints": convert_endpoints,
    "logging": convert_logging,
}


def _convert_name(report: Report, name: Any) -> None:
    if not isinstance(name, str) or is_name(name):
        if name is not None:
            report.put("/name", name, "name")
        return
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")[:32].strip("-")
    report.put("/name", made if is_name(made) else name, "name")
    if is_name(made):
        report.remark("/name", f"is written as {made}: a name is of a-z, 0-9 and - and starts with a letter")
        if "description" not in report.spec and "\n" not in name and len(name) <= 500:
            report.put("/name", name, "description")


def _convert_words(report: Report, data: Mapping[str, Any]) -> None:
    for old, new in (("description", "description"), ("instruction", "instructions")):
        value = data.get(old)
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "\n".join(value)
        if isinstance(value, str) and "\r" in value:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
            report.remark(f"/{old}", "ends its lines with a line feed alone now")
        if value is not None:
            report.put(f"/{old}", value, new)


def _convert_template(report: Report, name: Any) -> None:
    if name is None:
        return
    made = re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-")
    known = [each.id for each in templates()]
    if made not in known:
        report.remark("/template", f"was left out: there is no such template; there are {', '.join(known)}")
        return
    report.put("/template", made, "template")
    if "instructions" not in report.spec:
        report.put("/template", template(made).spec["instructions"], "instructions")
        report.remark("/template", "gave the instructions, as the file has none")


def _problems(spec: Mapping[str, Any]) -> tuple[Problem, ...]:
    try:
        parse_spec(spec)
    except SpecError as error:
        return error.problems
    return ()


def _located(problem: Problem, lines: Mapping[str, int]) -> Problem:
    place = problem.pointer
    while place and place not in lines:
        place = place.rpartition("/")[0]
    return replace(problem, line=lines.get(place, 1))


def _place(key: str) -> int:
    return _ORDER.index(key) if key in _ORDER else len(_ORDER)
