"""The generated table of settings, `docs/reference/settings.md`.

`python -m control_api.cli.settings_reference` writes it; with `--check` it fails where the file is not fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from agent_runtime.pod.settings import PodSettings
from agent_runtime.settings import RuntimeSettings
from control_api.cli.settings import CommandSettings
from control_api.settings import ControlSettings
from gitops.local.settings import EngineSettings

PROGRAMS: dict[str, type[BaseSettings]] = {
    "control API": ControlSettings,
    "engine": EngineSettings,
    "hive": RuntimeSettings,
    "pod": PodSettings,
    "command line": CommandSettings,
}
CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "reference" / "settings.md"
_HEAD = """\
# Settings

Every setting is an environment variable. This page is generated from the settings classes by
`python -m control_api.cli.settings_reference`.

| variable | default | read by | meaning |
|---|---|---|---|
"""


@dataclass
class _Row:
    default: str
    meaning: str
    programs: list[str] = field(default_factory=list)


def render() -> str:
    """The page, whole."""
    rows: dict[str, _Row] = {}
    for program, variable, info in _fields():
        row = rows.setdefault(variable, _Row(_default(info), info.description or ""))
        row.programs.append(program)
    lines = [
        f"| `{variable}` | {row.default} | {', '.join(row.programs)} | {row.meaning.replace('|', '/')} |"
        for variable, row in sorted(rows.items())
    ]
    return _HEAD + "\n".join(lines) + "\n"


def undocumented() -> list[str]:
    """Settings that no description explains."""
    return [f"{program}: {variable}" for program, variable, info in _fields() if not info.description]


def _fields() -> Iterator[tuple[str, str, FieldInfo]]:
    for program, settings in PROGRAMS.items():
        prefix = str(settings.model_config.get("env_prefix") or "")
        for name, info in settings.model_fields.items():
            yield program, f"{prefix}{name}".upper(), info


def _default(info: FieldInfo) -> str:
    value = info.default_factory() if info.default_factory else info.default  # type: ignore[call-arg]
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, Path) and value.is_relative_to(CHECKOUT):
        return f"`{value.relative_to(CHECKOUT)}` in the checkout"
    if value in (None, ""):
        return "unset"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main() -> int:
    page = render()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            sys.stderr.write(f"{PAGE.name} is stale: run python -m control_api.cli.settings_reference\n")
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
