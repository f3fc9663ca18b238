"""The ready specifications to start from: one YAML file each in `templates/`."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agent_runtime.spec.problems import Problem, SpecError
from agent_runtime.spec.strict_yaml import strict_yaml


@dataclass(frozen=True)
class Template:
    """A ready specification. `spec` is valid as it is; its name is a suggestion, the template's own id.

    `suggestions` are `model` objects that suit the template better than the embedded demo brain.
    """

    id: str
    title: str
    description: str
    spec: dict[str, Any]
    suggestions: tuple[dict[str, Any], ...]


@cache
def _all() -> tuple[Template, ...]:
    folder = files("agent_runtime.spec") / "templates"
    texts = [each.read_bytes() for each in folder.iterdir() if each.name.endswith(".yaml")]
    found = [_template(strict_yaml(text)) for text in texts]
    # The one for everything comes first, the others by title.
    return tuple(sorted(found, key=lambda each: (each.id != "general-assistant", each.title)))


def templates() -> list[Template]:
    """All templates, the general assistant first."""
    return [deepcopy(each) for each in _all()]


def template(template_id: str) -> Template:
    """The template of that id; SpecError naming those there are."""
    for each in _all():
        if each.id == template_id:
            return deepcopy(each)
    known = ", ".join(each.id for each in _all())
    detail = f"there is no such template; there are {known}"
    raise SpecError([Problem("/template", detail)], title="No such template")


def _template(data: dict[str, Any]) -> Template:
    return Template(
        id=data["id"],
        title=data["title"],
        description=data["description"],
        spec={"version": 1, "name": data["id"], "template": data["id"], **data["spec"]},
        suggestions=tuple(data["suggestions"]),
    )
